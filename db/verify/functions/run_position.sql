-- Verify hypermind:functions/run_position on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_position(uuid)', p_volatility => 's');

rollback;
