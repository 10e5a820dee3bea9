-- Verify hypermind:functions/storage_checks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.storage_checks()',
    p_volatility => 's');

rollback;
