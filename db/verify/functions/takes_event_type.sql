-- Verify hypermind:functions/takes_event_type on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.takes_event_type(uuid, text)', p_volatility => 's');

rollback;
