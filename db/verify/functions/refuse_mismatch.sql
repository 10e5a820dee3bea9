-- Verify hypermind:functions/refuse_mismatch on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_mismatch(uuid, date, jsonb, jsonb)', p_volatility => 'v');

rollback;
