-- Verify hypermind:functions/figures_here on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.figures_here(date)', p_volatility => 's');

rollback;
