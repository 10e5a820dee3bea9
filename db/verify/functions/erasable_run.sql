-- Verify hypermind:functions/erasable_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erasable_run(uuid, text)', p_volatility => 'v');

rollback;
