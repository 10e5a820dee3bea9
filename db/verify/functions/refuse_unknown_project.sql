-- Verify hypermind:functions/refuse_unknown_project on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_unknown_project(uuid)', p_volatility => 'v');

rollback;
