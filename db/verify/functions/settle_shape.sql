-- Verify hypermind:functions/settle_shape on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.settle_shape(uuid, bigint, jsonb[])', p_volatility => 'v');

rollback;
