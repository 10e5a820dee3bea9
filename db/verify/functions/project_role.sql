-- Verify hypermind:functions/project_role on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.project_role(uuid)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 's');

rollback;
