-- Verify hypermind:functions/node_accepts on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.node_accepts(jsonb, text, jsonb, integer)', p_volatility => 'v');

rollback;
