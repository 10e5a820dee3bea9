-- Verify hypermind:functions/shape_after_merge on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.shape_after_merge(jsonb, jsonb, int)', p_volatility => 'i');

rollback;
