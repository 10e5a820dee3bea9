-- Verify hypermind:functions/event_hash_at on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.event_hash_at(uuid, bigint)', p_volatility => 's');

rollback;
