-- Deploy hypermind:triggers/hold_releases_append_only to pg
-- requires: tables/hold_releases
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Who released a hold stays on record: guards against changing releases.
create trigger hold_releases_append_only
    before update or delete on hypermind.hold_releases
    for each row execute function hypermind_private.forbid_mutation();

create trigger hold_releases_no_truncate
    before truncate on hypermind.hold_releases
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.hold_releases enable always trigger hold_releases_append_only;
alter table hypermind.hold_releases enable always trigger hold_releases_no_truncate;

commit;
