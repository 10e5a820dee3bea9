-- Verify hypermind:functions/refuse_period on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_period(date, text, jsonb)', p_volatility => 'v');

rollback;
