-- Verify hypermind:functions/check_run_id on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_run_id(uuid)', p_volatility => 'v');

rollback;
