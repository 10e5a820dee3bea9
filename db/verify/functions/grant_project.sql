-- Verify hypermind:functions/grant_project on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.grant_project(uuid, name)',
    p_callers => '{hypermind_operator}', p_volatility => 'v');

rollback;
