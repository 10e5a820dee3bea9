-- Verify hypermind:functions/rollup_problems on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.rollup_problems()', p_volatility => 's');

rollback;
