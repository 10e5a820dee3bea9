-- Verify hypermind:functions/last_ends on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.last_ends(date)', p_volatility => 's');

rollback;
