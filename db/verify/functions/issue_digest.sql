-- Verify hypermind:functions/issue_digest on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.issue_digest()', p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
