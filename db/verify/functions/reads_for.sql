-- Verify hypermind:functions/reads_for on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.reads_for(text)', p_volatility => 's');

rollback;
