-- Verify hypermind:functions/digest_problems on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.digest_problems()', p_volatility => 's');

rollback;
