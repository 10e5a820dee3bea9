-- Revert hypermind:functions/any_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.any_of(text[]);

commit;
