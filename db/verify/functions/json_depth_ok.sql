-- Verify hypermind:functions/json_depth_ok on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_depth_ok(jsonb, int)', p_volatility => 'i');

rollback;
