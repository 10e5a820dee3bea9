-- Verify hypermind:functions/erase_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.erase_run(uuid, text)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
