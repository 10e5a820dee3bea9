-- Deploy hypermind:triggers/erased_hashes_append_only to pg
-- requires: tables/erased_hashes
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- The chain needs the hashes of what was erased: guards against changing them.
create trigger erased_hashes_append_only
    before update or delete on hypermind.erased_hashes
    for each row execute function hypermind_private.forbid_mutation();

create trigger erased_hashes_no_truncate
    before truncate on hypermind.erased_hashes
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.erased_hashes enable always trigger erased_hashes_append_only;
alter table hypermind.erased_hashes enable always trigger erased_hashes_no_truncate;

commit;
