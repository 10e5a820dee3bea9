-- Verify hypermind:functions/shape_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.shape_of(jsonb, int)', p_volatility => 'i');

rollback;
