-- Verify hypermind:functions/index_waste on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.index_waste()',
    p_volatility => 's');

rollback;
