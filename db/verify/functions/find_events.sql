-- Verify hypermind:functions/find_events on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.find_events(uuid[], timestamptz, timestamptz, text[], integer, timestamptz, uuid, bigint)',
    p_volatility => 's');

rollback;
