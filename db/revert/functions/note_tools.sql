-- Revert hypermind:functions/note_tools from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.note_tools(uuid, uuid, text[]);

commit;
