-- Verify hypermind:functions/project_of_head on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.project_of_head(uuid)', p_volatility => 's');

rollback;
