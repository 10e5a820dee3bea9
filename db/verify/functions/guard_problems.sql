-- Verify hypermind:functions/guard_problems on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.guard_problems(regclass)', p_volatility => 's');

rollback;
