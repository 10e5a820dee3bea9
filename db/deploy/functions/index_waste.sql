-- Deploy hypermind:functions/index_waste to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.index_waste()
    returns bigint
    language sql
    stable
as $function$
    -- Fewer and fuller pages would do: each entry takes 12 bytes and its columns, each page has 8152 bytes, used to the fillfactor.
    select coalesce(sum(greatest(
               0,
               pg_relation_size(i.indexrelid)
               - 8192 * (1 + ceil(greatest(c.reltuples, 0) * (12 + w.bytes) / (8152 * 0.9)))::bigint)), 0)::bigint
    from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indexrelid
    join pg_catalog.pg_class as t on t.oid = i.indrelid
    join pg_catalog.pg_am as m on m.oid = c.relam and m.amname = 'btree'
    cross join lateral (
        select sum(coalesce(s.avg_width, 16)) as bytes
        from pg_catalog.pg_attribute as a
        left join pg_catalog.pg_stats as s
            on s.schemaname = 'hypermind' and s.tablename = t.relname and s.attname = a.attname and not s.inherited
        where a.attrelid = t.oid and a.attnum = any (i.indkey)
    ) as w
    where t.relnamespace = 'hypermind'::regnamespace and t.relkind = 'r' and c.reltuples >= 0
$function$;

comment on function hypermind_private.index_waste() is
$comment$An estimate, from the statistics of the last VACUUM or ANALYZE, of the bytes that B-tree indexes take beyond what their
entries need. Only of tables that are not partitioned: in the leaves of run tables nothing is updated or deleted, nothing bloats.$comment$;

commit;
