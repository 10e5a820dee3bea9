-- Verify hypermind:functions/periods_between on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.periods_between(uuid, uuid)', p_volatility => 's');

rollback;
