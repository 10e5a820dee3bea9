-- Verify hypermind:functions/placed_before on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.placed_before(hypermind.holds)', p_volatility => 'v');

rollback;
