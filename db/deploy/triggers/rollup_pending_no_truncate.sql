-- Deploy hypermind:triggers/rollup_pending_no_truncate to pg
-- requires: tables/rollup_pending
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger rollup_pending_no_truncate
    before truncate on hypermind.rollup_pending
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.rollup_pending enable always trigger rollup_pending_no_truncate;

commit;
