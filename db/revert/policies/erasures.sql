-- Revert hypermind:policies/erasures from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop policy erasures_of_the_readers_projects on hypermind.erasures;

commit;
