-- Verify hypermind:functions/event_is_typed on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.event_is_typed(jsonb)', p_volatility => 'i');

rollback;
