-- Revert hypermind:triggers/erased_hashes_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger erased_hashes_no_truncate on hypermind.erased_hashes;
drop trigger erased_hashes_append_only on hypermind.erased_hashes;

commit;
