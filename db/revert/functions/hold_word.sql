-- Revert hypermind:functions/hold_word from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.hold_word(hypermind.holds);

commit;
