-- Verify hypermind:functions/state_at on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.state_at(uuid, bigint)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
