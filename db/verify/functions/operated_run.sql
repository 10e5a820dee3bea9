-- Verify hypermind:functions/operated_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.operated_run(uuid)', p_volatility => 's');

rollback;
