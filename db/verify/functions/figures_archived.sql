-- Verify hypermind:functions/figures_archived on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.figures_archived(hypermind.archives)', p_volatility => 's');

rollback;
