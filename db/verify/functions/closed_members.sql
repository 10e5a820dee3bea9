-- Verify hypermind:functions/closed_members on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.closed_members(jsonb, text)', p_volatility => 'i');

rollback;
