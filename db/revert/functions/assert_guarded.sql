-- Revert hypermind:functions/assert_guarded from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.assert_guarded(regclass);

commit;
