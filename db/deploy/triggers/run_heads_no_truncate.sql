-- Deploy hypermind:triggers/run_heads_no_truncate to pg
-- requires: tables/run_heads
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger run_heads_no_truncate
    before truncate on hypermind.run_heads
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.run_heads enable always trigger run_heads_no_truncate;

commit;
