-- What was recorded never changes: UPDATE, DELETE and TRUNCATE are refused to everybody, on every table and every leaf.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
set local client_min_messages = warning;
set local role oscar;
select hypermind.set_retention_policy(null, 1, null, null, 'to be guarded') as ignored \gset
select hypermind.place_hold(:'project_a', 'a dispute', :'run_id') as hold_id \gset
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select events as ignored from hypermind.erase_payload(:'ended_run', 3, 'personal data') \gset
select number as ignored from hypermind.issue_digest() \gset
reset role;
insert into hypermind.archives (
    archive_id, period, location, manifest, manifest_sha256, merkle_root, runs, events, erasures, archived_by, archived_at
)
values (:'unknown_run', '2026-01-01', 's3://bucket', '{}', '', '', 1, 1, 0, 'nobody', now());
insert into hypermind.archive_runs (archive_id, run_id, project_id, last_seq, last_hash)
select :'unknown_run', r.run_id, r.project_id, 1, '' from hypermind.runs as r where r.run_id in (:'run_id');
insert into hypermind.period_moves (period, move, action, archive_id, runs, moved_by, moved_at)
values ('2026-01-01', 1, 'detached', :'unknown_run', 1, 'nobody', now());
select plan(453);

-- Every insert-only table, and its leaf of this month, which has a row in it; and a leaf that is empty.
create temp table guarded as
select c.oid::regclass as relation, c.relname, c.relkind,
       c.relname ~ '_p\d+$' and c.relname !~ hypermind_private.period_name(now()) as is_empty
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'hypermind' and c.relkind in ('r', 'p') and c.relname not in ('projects', 'config_labels',
    'run_heads', 'run_summaries', 'rollups', 'rollup_pending', 'maintenance_steps', 'restores')
   or n.nspname = 'hypermind_private' and c.relkind = 'r' and c.relname ~ hypermind_private.period_name(now())
   or n.nspname = 'hypermind_private' and c.relname = 'run_events_'
   || hypermind_private.period_name(now() + interval '60 days');
select is((select count(*) from guarded), 28::bigint, 'twenty-one tables, six leaves with rows, and one without');

-- A refusal in full, or "no row was touched" where there is none to fire a row trigger for.
create function pg_temp.attempt(p_who text, p_relation regclass, p_operation text) returns jsonb
    language plpgsql as $function$
declare
    v_column text;
    v_rows   bigint;
begin
    select a.attname into v_column from pg_attribute as a where a.attrelid = p_relation and a.attnum = 3;
    perform set_config('role', p_who, true);
    begin
        execute case p_operation
            when 'UPDATE' then format('update %1$s set %2$I = %2$I', p_relation, v_column)
            when 'DELETE' then format('delete from %s', p_relation)
            when 'TRUNCATE' then format('truncate %s cascade', p_relation)
        end;
        get diagnostics v_rows = row_count;
    exception when others then
        declare
            v_detail text; v_hint text; v_schema text; v_table text;
        begin
            get stacked diagnostics v_detail = pg_exception_detail, v_hint = pg_exception_hint, v_schema = schema_name,
            v_table = table_name;
            perform set_config('role', 'none', true);
            return jsonb_build_object('code', sqlstate, 'message', sqlerrm, 'detail', case when sqlstate like 'MH%'
                                      then v_detail::jsonb end, 'hint', v_hint <> '',
                                      'table', concat_ws('.', nullif(v_schema, ''), nullif(v_table, '')));
        end;
    end;
    perform set_config('role', 'none', true);
    return jsonb_build_object('rows', v_rows);
end
$function$;

-- TRUNCATE names the table that it was said of, UPDATE and DELETE the leaf that the row is in.
create function pg_temp.refused(p_who text, p_replica boolean) returns setof text language plpgsql as $function$
declare
    v_case record;
    v_name text;
begin
    perform set_config('session_replication_role', case when p_replica then 'replica' else 'origin' end, true);
    for v_case in select * from guarded as g, unnest('{UPDATE, DELETE, TRUNCATE}'::text[]) as o (operation)
        where not g.is_empty or o.operation = 'TRUNCATE'
                  order by g.relation::text collate "C", o.operation loop
        v_name := v_case.relname || case when v_case.operation <> 'TRUNCATE' and v_case.relkind = 'p'
        then '_' || hypermind_private.period_name(now()) else '' end;
        return next is(
            pg_temp.attempt(p_who, v_case.relation, v_case.operation),
            jsonb_build_object(
                'code', 'MH004', 'hint', true, 'message', format('%s on %s is refused: recorded runs never change',
                                                                 v_case.operation, v_name),
                'detail', jsonb_build_object('operation', v_case.operation, 'table', v_name, 'schema', case
                                             when v_name ~ '_p\d+$' then 'hypermind_private' else 'hypermind' end),
                'table', case when v_name ~ '_p\d+$' then 'hypermind_private.' else 'hypermind.' end || v_name),
            format('%s on %s as %s%s', v_case.operation, v_case.relation, p_who, case when p_replica
                   then ', as a replica' else '' end));
    end loop;
    perform set_config('session_replication_role', 'origin', true);
end
$function$;
-- Superusers may set session_replication_role; the owner then acts under it.
select pg_temp.refused(w.who, r.replica) from (values (session_user::text), ('hypermind_owner')) as w (who),
    (values (false), (true)) as r (replica);

-- Other ways to change rows.
create function pg_temp.code_as(p_who text, p_statement text) returns text language plpgsql as $function$
begin
    perform set_config('role', p_who, true);
    begin
        execute p_statement;
    exception when others then
        perform set_config('role', 'none', true);
        return sqlstate;
    end;
    perform set_config('role', 'none', true);
    return 'accepted';
end
$function$;
select is(pg_temp.code_as('hypermind_owner', t.statement), 'MH004', t.what)
from (values
    ('merge into hypermind.runs as r using (select 1) as x on true when matched then update set owner = ''x''',
     'MERGE ... UPDATE is refused'),
    ('merge into hypermind.runs as r using (select 1) as x on true when matched then delete',
     'MERGE ... DELETE is refused'),
    ('insert into hypermind.config_entities select * from hypermind.config_entities on conflict (config_id) do update '
     'set name = ''x''', 'INSERT ... ON CONFLICT DO UPDATE is refused'),
    ('with gone as (delete from hypermind.run_events returning 1) select * from gone', 'a DELETE in a WITH is refused'),
    ('truncate hypermind.projects cascade', 'TRUNCATE ... CASCADE of a table that they reference is refused'),
    ('delete from hypermind.projects', 'projects are not deleted'),
    ('truncate hypermind.run_heads', 'heads are not truncated'),
    ('delete from hypermind.config_labels', 'labels are not deleted'),
    ('truncate hypermind.config_labels', 'nor truncated')
) as t (statement, what);

-- Without the rights there is no way even to the guard.
select is(pg_temp.code_as('alice', format(o.statement, g.relation, a.attname)), '42501',
          format('%s on %s as alice', o.operation, g.relation))
from guarded as g, pg_attribute as a, (values ('UPDATE', 'update %1$s set %2$I = %2$I'), ('DELETE', 'delete from %s'),
                    ('TRUNCATE', 'truncate %s'), ('INSERT', 'insert into %s default values'))
                    as o (operation, statement)
where not g.is_empty and a.attrelid = g.relation and a.attnum = 3;
select is(pg_temp.code_as('alice', 'set session_replication_role = replica'), '42501', 'alice cannot play the replica');
select is(pg_temp.code_as('oscar', 'alter table hypermind.run_events disable trigger run_events_append_only'), '42501',
          'nor can an operator switch a guard off');

-- A leaf that is attached later has all of them.
select pg_temp.set_clock('2041-07-01 00:00:00+00') as ignored \gset
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as later_run \gset
reset role;
select is(pg_temp.attempt('hypermind_owner', 'hypermind_private.run_events_p204107', o.operation) ->> 'code', 'MH004',
          format('%s on a leaf that was made by create_run()', o.operation))
from unnest('{UPDATE, DELETE, TRUNCATE}'::text[]) as o (operation);

-- After all that, everything is there.
select is((select count(*) from hypermind.run_events), 13::bigint, 'all events are there');
set local role audrey;
select is((select bool_and(v.valid) from hypermind.runs as r, lateral hypermind.verify_run(r.run_id) as v), true,
          'and every run verifies');

select * from finish();
rollback;
