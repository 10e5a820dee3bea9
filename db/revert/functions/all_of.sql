-- Revert hypermind:functions/all_of from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.all_of(text[]);

commit;
