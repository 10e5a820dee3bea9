-- Deploy hypermind:triggers/digests_append_only to pg
-- requires: tables/digests
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What was issued stays as it was: guards against changing digests.
create trigger digests_append_only
    before update or delete on hypermind.digests
    for each row execute function hypermind_private.forbid_mutation();

create trigger digests_no_truncate
    before truncate on hypermind.digests
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.digests enable always trigger digests_append_only;
alter table hypermind.digests enable always trigger digests_no_truncate;

commit;
