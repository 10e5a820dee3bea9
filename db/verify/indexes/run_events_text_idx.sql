-- Verify hypermind:indexes/run_events_text_idx on pg

begin;

set local role hypermind_owner;

-- Division by zero unless the index is as deployed, and valid: on a partitioned table, on every leaf.
select 1 / count(*)
from pg_catalog.pg_index as i
where i.indexrelid = 'hypermind.run_events_text_idx'::regclass
  and i.indisvalid
  and pg_get_indexdef(i.indexrelid) =
      'CREATE INDEX run_events_text_idx ON ONLY hypermind.run_events USING gin '
      '(hypermind_private.event_words(project_id, event_type, model, tool, payload, text_rule)) '
      'WITH (fastupdate=''on'', gin_pending_list_limit=''256'') WHERE (text_rule IS NOT NULL)';

-- Division by zero unless the table and every leaf have statistics of the same expression.
select 1 / (count(*) = 0)::integer
from pg_catalog.pg_partition_tree('hypermind.run_events') as p
where not exists (
    select from pg_catalog.pg_statistic_ext as s
    where s.stxrelid = p.relid
      and pg_get_statisticsobjdef(s.oid) like
          '% ON hypermind\_private.event\_words(project\_id, event\_type, model, tool, payload, text\_rule) FROM %');

rollback;
