-- Verify hypermind:functions/mentions_member on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.mentions_member(jsonb, text[], text)', p_volatility => 'i');

rollback;
