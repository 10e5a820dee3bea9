-- Verify hypermind:functions/possible_types on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.possible_types(jsonb, text[], text[])', p_volatility => 'i');

rollback;
