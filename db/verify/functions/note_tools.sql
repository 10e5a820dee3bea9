-- Verify hypermind:functions/note_tools on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.note_tools(uuid, uuid, text[])', p_volatility => 'v');

rollback;
