-- Deploy hypermind:triggers/holds_append_only to pg
-- requires: tables/holds
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What was on hold stays on record: guards against changing holds.
create trigger holds_append_only
    before update or delete on hypermind.holds
    for each row execute function hypermind_private.forbid_mutation();

create trigger holds_no_truncate
    before truncate on hypermind.holds
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.holds enable always trigger holds_append_only;
alter table hypermind.holds enable always trigger holds_no_truncate;

commit;
