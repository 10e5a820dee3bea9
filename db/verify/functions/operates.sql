-- Verify hypermind:functions/operates on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.operates()', p_volatility => 's');

rollback;
