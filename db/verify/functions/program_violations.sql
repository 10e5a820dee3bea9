-- Verify hypermind:functions/program_violations on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.program_violations(jsonb, jsonb, integer)', p_volatility => 'v');

rollback;
