-- Verify hypermind:functions/run_ends on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_ends(text[], integer[], uuid[])', p_volatility => 's');

rollback;
