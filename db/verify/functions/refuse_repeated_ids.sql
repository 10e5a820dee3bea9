-- Verify hypermind:functions/refuse_repeated_ids on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_repeated_ids(uuid, jsonb)', p_volatility => 'v');

rollback;
