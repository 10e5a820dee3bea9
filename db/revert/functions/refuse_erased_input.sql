-- Revert hypermind:functions/refuse_erased_input from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_erased_input(hypermind.runs);

commit;
