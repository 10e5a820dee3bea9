-- Verify hypermind:functions/check_event_type on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_event_type(text)', p_volatility => 'v');

rollback;
