-- Revert hypermind:functions/none_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.none_of(text);

commit;
