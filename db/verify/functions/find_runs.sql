-- Verify hypermind:functions/find_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.find_runs('
    'uuid[], uuid, uuid, integer, text, text, text, text, text, text[], text, uuid[], integer, uuid)',
    p_volatility => 's');

rollback;
