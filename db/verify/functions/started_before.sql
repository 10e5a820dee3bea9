-- Verify hypermind:functions/started_before on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.started_before(hypermind.runs, jsonb)', p_volatility => 'v');

rollback;
