-- Revert hypermind:policies/erased_hashes from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy erased_hashes_of_the_readers_projects on hypermind.erased_hashes;

commit;
