-- Verify hypermind:functions/resolve_pins on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.resolve_pins(uuid, jsonb)', p_volatility => 's');

rollback;
