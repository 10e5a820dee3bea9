-- Verify hypermind:functions/shape_at on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.shape_at(jsonb, text[])', p_volatility => 'i');

rollback;
