-- Verify hypermind:functions/cursor_position on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.cursor_position(text, text, text)', p_volatility => 's');

rollback;
