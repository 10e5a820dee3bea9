-- Verify hypermind:tables/digest_leaves on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.digest_leaves',
    'number, run_id, last_seq, last_hash, has_ended');

rollback;
