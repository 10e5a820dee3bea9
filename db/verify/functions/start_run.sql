-- Verify hypermind:functions/start_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.start_run(hypermind.runs, text, jsonb, jsonb, jsonb)',
    p_volatility => 'v');

rollback;
