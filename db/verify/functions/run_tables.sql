-- Verify hypermind:functions/run_tables on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_tables()', p_volatility => 'i');

rollback;
