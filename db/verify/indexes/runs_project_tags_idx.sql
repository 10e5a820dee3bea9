-- Verify hypermind:indexes/runs_project_tags_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid: on a partitioned table, on every leaf.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.runs_project_tags_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX runs_project_tags_idx ON ONLY hypermind.runs USING gin (hypermind_private.project_tags(project_id, tags)) WITH (fastupdate=off)';

rollback;
