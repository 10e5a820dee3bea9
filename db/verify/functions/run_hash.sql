-- Verify hypermind:functions/run_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_hash(hypermind.runs, jsonb, bytea)', p_volatility => 's');

rollback;
