-- Deploy hypermind:triggers/archives_append_only to pg
-- requires: tables/archives
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What was archived, and where, stays on record: guards against changing archives.
create trigger archives_append_only
    before update or delete on hypermind.archives
    for each row execute function hypermind_private.forbid_mutation();

create trigger archives_no_truncate
    before truncate on hypermind.archives
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.archives enable always trigger archives_append_only;
alter table hypermind.archives enable always trigger archives_no_truncate;

commit;
