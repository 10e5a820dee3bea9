-- Verify hypermind:functions/is_project_role on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.is_project_role(name)',
    p_callers => '{hypermind_operator}', p_volatility => 's');

rollback;
