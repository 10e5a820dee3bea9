-- Verify hypermind:functions/normal_node on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.normal_node(text, jsonb, text)', p_volatility => 'i');

rollback;
