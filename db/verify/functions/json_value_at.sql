-- Verify hypermind:functions/json_value_at on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_value_at(jsonb, text[])', p_volatility => 'i');

rollback;
