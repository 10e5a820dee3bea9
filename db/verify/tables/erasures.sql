-- Verify hypermind:tables/erasures on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.erasures',
    'run_id, erasure_id, project_id, seq, reason, erased_by, erased_at');

rollback;
