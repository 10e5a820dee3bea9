-- Verify hypermind:functions/check_text on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_text(text, text, integer)', p_volatility => 'v');

rollback;
