-- Verify hypermind:functions/create_project on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.create_project(text, text, name)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
