-- Verify hypermind:functions/finite_values on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.finite_values(jsonb, text[], text[])', p_volatility => 'i');

rollback;
