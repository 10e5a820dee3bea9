-- Verify hypermind:functions/retention_checks on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.retention_checks()', p_volatility => 'v');

rollback;
