-- Verify hypermind:functions/run_timeline on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.run_timeline(uuid, bigint, integer, text[])',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
