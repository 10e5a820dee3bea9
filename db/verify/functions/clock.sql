-- Verify hypermind:functions/clock on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.clock()', p_volatility => 'v');

rollback;
