-- Verify hypermind:functions/refuse_violation on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.refuse_violation(hypermind.contracts, jsonb)',
    p_volatility => 'v');

rollback;
