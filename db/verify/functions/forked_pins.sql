-- Verify hypermind:functions/forked_pins on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.forked_pins(uuid, uuid, jsonb)', p_volatility => 's');

rollback;
