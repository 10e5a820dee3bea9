-- Verify hypermind:functions/all_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.all_of(text[])', p_volatility => 'i');

rollback;
