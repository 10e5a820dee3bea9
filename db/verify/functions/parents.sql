-- Verify hypermind:functions/parents on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.parents()', p_volatility => 'i');

rollback;
