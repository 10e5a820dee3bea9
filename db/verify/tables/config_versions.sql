-- Verify hypermind:tables/config_versions on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.config_versions',
    'config_id, version, project_id, content, content_sha256, summary, author, created_at, contract_version');

rollback;
