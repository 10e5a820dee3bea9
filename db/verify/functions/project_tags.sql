-- Verify hypermind:functions/project_tags on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.project_tags(uuid, text[])', p_volatility => 'i');

rollback;
