-- Verify hypermind:functions/move_briefly on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.move_briefly(text, text[], text, text[])', p_volatility => 'v');

rollback;
