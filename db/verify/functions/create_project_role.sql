-- Verify hypermind:functions/create_project_role on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.create_project_role(text, text)',
    p_callers => '{hypermind_operator}', p_volatility => 'v');

rollback;
