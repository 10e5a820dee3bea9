-- Verify hypermind:indexes/run_events_run_id_parent_seq_seq_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid: on a partitioned table, on every leaf.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.run_events_run_id_parent_seq_seq_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX run_events_run_id_parent_seq_seq_idx ON ONLY hypermind.run_events USING btree (run_id, parent_seq, seq) WHERE (parent_seq IS NOT NULL)';

rollback;
