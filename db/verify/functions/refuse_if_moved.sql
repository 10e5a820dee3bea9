-- Verify hypermind:functions/refuse_if_moved on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_if_moved(uuid)', p_volatility => 's');

rollback;
