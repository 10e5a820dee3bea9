-- Verify hypermind:functions/begin_restores on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.begin_restores(hypermind.archives, jsonb)', p_volatility => 'v');

rollback;
