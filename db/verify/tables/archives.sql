-- Verify hypermind:tables/archives on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.archives',
    'archive_id, period, location, manifest, manifest_sha256, merkle_root, runs, events, erasures, supersedes, archived_by, archived_at');

rollback;
