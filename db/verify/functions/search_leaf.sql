-- Verify hypermind:functions/search_leaf on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.search_leaf(text, tsquery, tsquery, uuid[], uuid, uuid, bigint, integer, boolean, bigint)',
    p_volatility => 's');

rollback;
