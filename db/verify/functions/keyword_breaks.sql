-- Verify hypermind:functions/keyword_breaks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.keyword_breaks(jsonb, text[], text[], jsonb, text)', p_volatility => 'i');

rollback;
