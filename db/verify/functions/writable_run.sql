-- Verify hypermind:functions/writable_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.writable_run(uuid)', p_volatility => 's');

rollback;
