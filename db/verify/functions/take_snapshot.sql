-- Verify hypermind:functions/take_snapshot on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.take_snapshot(uuid, bigint)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
