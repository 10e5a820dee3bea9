-- Deploy hypermind:triggers/erasures_append_only to pg
-- requires: tables/erasures
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Who erased what, and why, stays on record: guards against changing erasures.
create trigger erasures_append_only
    before update or delete on hypermind.erasures
    for each row execute function hypermind_private.forbid_mutation();

create trigger erasures_no_truncate
    before truncate on hypermind.erasures
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.erasures enable always trigger erasures_append_only;
alter table hypermind.erasures enable always trigger erasures_no_truncate;

commit;
