-- Verify hypermind:functions/claim_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.claim_run(uuid, text, interval, bigint)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
