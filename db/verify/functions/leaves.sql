-- Verify hypermind:functions/leaves on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.leaves(date)', p_volatility => 's');

rollback;
