-- Verify hypermind:functions/run_lines on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_lines(text[], integer[], uuid[])', p_volatility => 's');

rollback;
