-- Verify hypermind:functions/state_after on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.state_after(uuid, jsonb, bigint, bigint)', p_volatility => 's');

rollback;
