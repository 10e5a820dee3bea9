-- Verify hypermind:functions/check_batch_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_batch_events(jsonb, hypermind.run_heads, jsonb)',
    p_volatility => 'v');

rollback;
