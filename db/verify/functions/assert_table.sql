-- Verify hypermind:functions/assert_table on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.assert_table(regclass, text)', p_volatility => 's');

rollback;
