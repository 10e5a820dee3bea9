-- Revert hypermind:policies/holds from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy holds_of_the_readers_projects on hypermind.holds;

commit;
