-- Verify hypermind:functions/operated_project on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.operated_project(uuid)', p_volatility => 's');

rollback;
