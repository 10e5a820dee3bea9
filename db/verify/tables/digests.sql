-- Verify hypermind:tables/digests on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.digests',
    'number, runs, merkle_root, previous_hash, issued_by, issued_at, digest_hash');

rollback;
