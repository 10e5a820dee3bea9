-- Verify hypermind:functions/refuse_unless_here on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_unless_here(date)', p_volatility => 'v');

rollback;
