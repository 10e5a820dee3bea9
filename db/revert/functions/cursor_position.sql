-- Revert hypermind:functions/cursor_position from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.cursor_position(text, text, text);

commit;
