-- Verify hypermind:functions/retention_steps on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.retention_steps(date)', p_volatility => 'v');

rollback;
