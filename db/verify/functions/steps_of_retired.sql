-- Verify hypermind:functions/steps_of_retired on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.steps_of_retired(date)', p_volatility => 'v');

rollback;
