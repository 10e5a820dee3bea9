-- Verify hypermind:functions/money on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.money(jsonb, text)', p_volatility => 'i');

rollback;
