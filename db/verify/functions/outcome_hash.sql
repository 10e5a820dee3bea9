-- Verify hypermind:functions/outcome_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.outcome_hash(hypermind.run_outcomes)', p_volatility => 's');

rollback;
