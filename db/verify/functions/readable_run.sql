-- Verify hypermind:functions/readable_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.readable_run(uuid)', p_volatility => 's');

rollback;
