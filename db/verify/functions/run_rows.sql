-- Verify hypermind:functions/run_rows on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_rows(text[], integer[], uuid[])', p_volatility => 's');

rollback;
