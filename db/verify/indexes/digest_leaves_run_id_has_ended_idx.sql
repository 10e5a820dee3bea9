-- Verify hypermind:indexes/digest_leaves_run_id_has_ended_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.digest_leaves_run_id_has_ended_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE UNIQUE INDEX digest_leaves_run_id_has_ended_idx ON hypermind.digest_leaves USING btree (run_id) WHERE has_ended';

rollback;
