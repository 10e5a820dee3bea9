-- Verify hypermind:functions/lock_contents on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.lock_contents(uuid)', p_volatility => 'v');

rollback;
