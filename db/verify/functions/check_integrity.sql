-- Verify hypermind:functions/check_integrity on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.check_integrity()',
    p_callers => '{hypermind_auditor, hypermind_operator}', p_definer => true, p_volatility => 's');

rollback;
