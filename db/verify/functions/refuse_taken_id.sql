-- Verify hypermind:functions/refuse_taken_id on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_taken_id(uuid)', p_volatility => 'v');

rollback;
