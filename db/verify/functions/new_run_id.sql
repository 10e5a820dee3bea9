-- Verify hypermind:functions/new_run_id on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.new_run_id()',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
