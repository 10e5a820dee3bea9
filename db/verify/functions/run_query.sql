-- Verify hypermind:functions/run_query on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.run_query(uuid[], text, text, text, text, text, text[], text, uuid[], integer, uuid)',
    p_volatility => 's');

rollback;
