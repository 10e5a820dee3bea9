-- Verify hypermind:functions/close_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.close_run(hypermind.run_heads, text, jsonb)',
    p_volatility => 'v');

rollback;
