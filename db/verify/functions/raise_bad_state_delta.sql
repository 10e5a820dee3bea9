-- Verify hypermind:functions/raise_bad_state_delta on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.raise_bad_state_delta(int, jsonb, text, text)', p_volatility => 'i');

rollback;
