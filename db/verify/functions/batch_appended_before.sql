-- Verify hypermind:functions/batch_appended_before on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.batch_appended_before(uuid, jsonb)', p_volatility => 'v');

rollback;
