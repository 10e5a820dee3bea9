-- Verify hypermind:functions/diff_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.diff_state(uuid, bigint, bigint)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
