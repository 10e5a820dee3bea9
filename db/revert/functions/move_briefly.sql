-- Revert hypermind:functions/move_briefly from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.move_briefly(text, text[], text, text[]);

commit;
