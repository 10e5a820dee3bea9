-- Verify hypermind:functions/holds_on_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.holds_on_run(uuid)', p_volatility => 's');

rollback;
