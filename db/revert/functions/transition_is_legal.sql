-- Revert hypermind:functions/transition_is_legal from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.transition_is_legal(text, text);

commit;
