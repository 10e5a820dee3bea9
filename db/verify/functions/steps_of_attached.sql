-- Verify hypermind:functions/steps_of_attached on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.steps_of_attached(date, boolean)', p_volatility => 'v');

rollback;
