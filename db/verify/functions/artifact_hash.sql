-- Verify hypermind:functions/artifact_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.artifact_hash(hypermind.run_artifacts)', p_volatility => 's');

rollback;
