-- Verify hypermind:functions/event_depths on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.event_depths(text, uuid, bigint[])', p_volatility => 's');

rollback;
