-- Verify hypermind:functions/event_inputs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.event_inputs(jsonb)', p_volatility => 's');

rollback;
