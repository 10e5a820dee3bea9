-- Verify hypermind:functions/none_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.none_of(text)', p_volatility => 'i');

rollback;
