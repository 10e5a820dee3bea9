-- Verify hypermind:functions/caller on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.caller()', p_volatility => 's');

rollback;
