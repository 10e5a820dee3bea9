-- Verify hypermind:functions/erasures_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erasures_of(date)', p_volatility => 's');

rollback;
