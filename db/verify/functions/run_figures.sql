-- Verify hypermind:functions/run_figures on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_figures(uuid[], text[])', p_volatility => 's');

rollback;
