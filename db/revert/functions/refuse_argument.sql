-- Revert hypermind:functions/refuse_argument from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_argument(text, text, text);

commit;
