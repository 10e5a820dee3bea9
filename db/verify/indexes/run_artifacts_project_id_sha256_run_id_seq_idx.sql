-- Verify hypermind:indexes/run_artifacts_project_id_sha256_run_id_seq_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid: on a partitioned table, on every leaf.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.run_artifacts_project_id_sha256_run_id_seq_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX run_artifacts_project_id_sha256_run_id_seq_idx ON ONLY hypermind.run_artifacts USING btree (project_id, sha256, run_id DESC, seq DESC)';

rollback;
