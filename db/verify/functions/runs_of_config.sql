-- Verify hypermind:functions/runs_of_config on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.runs_of_config(uuid, text, text, integer, text, integer, text)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
