-- Verify hypermind:functions/listed_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.listed_run(uuid)', p_volatility => 's');

rollback;
