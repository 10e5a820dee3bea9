-- Verify hypermind:indexes/runs_project_id_agent_run_id_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid: on a partitioned table, on every leaf.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.runs_project_id_agent_run_id_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX runs_project_id_agent_run_id_idx ON ONLY hypermind.runs USING btree (project_id, agent, run_id DESC)';

rollback;
