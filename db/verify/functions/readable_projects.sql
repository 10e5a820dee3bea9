-- Verify hypermind:functions/readable_projects on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.readable_projects(uuid, text)', p_volatility => 's');

rollback;
