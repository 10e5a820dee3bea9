-- Verify hypermind:indexes/run_summaries_project_id_owner_run_id_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.run_summaries_project_id_owner_run_id_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX run_summaries_project_id_owner_run_id_idx ON hypermind.run_summaries USING btree (project_id, owner, run_id DESC)';

rollback;
