-- Verify hypermind:functions/fit_shape on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.fit_shape(jsonb, int)', p_volatility => 'i');

rollback;
