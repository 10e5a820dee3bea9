-- Verify hypermind:functions/verify_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.verify_run(uuid)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
