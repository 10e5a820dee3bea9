-- Verify hypermind:functions/refuse_if_held on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_if_held(uuid)', p_volatility => 'v');

rollback;
