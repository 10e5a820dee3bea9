-- Verify hypermind:functions/lock_open_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.lock_open_run(uuid, bigint, bigint)', p_volatility => 'v');

rollback;
