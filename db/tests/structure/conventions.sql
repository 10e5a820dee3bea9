-- House rules, checked against the catalogs so that a new object cannot forget them.
\set ON_ERROR_STOP on
begin;
select plan(62);

-- A period more than deploying made: what is made at run time keeps the rules too.
select hypermind.ensure_periods(14) as ignored \gset

create temp view namespaces as
    select n.oid, n.nspname from pg_namespace as n where n.nspname in ('hypermind', 'hypermind_private');
create temp view functions as
    select p.*, p.oid::regprocedure as signature from pg_proc as p join namespaces as n on n.oid = p.pronamespace;
create temp view relations as
    select c.*, c.oid::regclass as name from pg_class as c join namespaces as n on n.oid = c.relnamespace;
-- The tables that people know, without their leaves.
create temp view tables as select r.* from relations as r where r.relkind in ('r', 'p') and not r.relispartition;
create temp view leaves as
    select r.*, i.inhparent::regclass as parent
    from relations as r join pg_inherits as i on i.inhrelid = r.oid
    where r.relkind = 'r' and r.relispartition;
create temp view run_tables as
    select t.* from tables as t where t.oid = 'hypermind.run_heads'::regclass or t.relkind = 'p';

-- The rules look at something.
select is((select count(*) from tables), 29::bigint, 'there are twenty-nine tables');
select is((select count(*) from run_tables), 7::bigint, 'seven of them hold runs');
select cmp_ok((select count(*) from leaves), '>=', 15 * 6::bigint,
              'six leaves for this month and each of the 14 after it');
select cmp_ok((select count(*) from functions), '>', 100::bigint, 'there are functions');

-- Comments.
select is_empty('select n.nspname from namespaces as n where obj_description(n.oid, ''pg_namespace'') is null',
                'every schema has a comment');
select is_empty('select f.signature from functions as f where obj_description(f.oid, ''pg_proc'') is null',
                'every function has a comment');
select is_empty($$ select r.name from relations as r
                   where r.relkind in ('r', 'p', 'v') and obj_description(r.oid, 'pg_class') is null $$,
                'every table, leaf and view has a comment');
select is_empty($$ select r.name, a.attname
                   from relations as r join pg_attribute as a on a.attrelid = r.oid
                   where r.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
                     and col_description(r.oid, a.attnum) is null $$,
                'every column of a table or leaf has a comment');
select is_empty($$ select v.name, a.attname
                   from relations as v join pg_attribute as a on a.attrelid = v.oid
                   where v.relkind = 'v' and a.attnum > 0 and col_description(v.oid, a.attnum) is null
                     and not exists (
                         select from tables as t join pg_attribute as b on b.attrelid = t.oid
                         where b.attname = a.attname and col_description(t.oid, b.attnum) is not null)
                     and a.attname not in ('workspace', 'project', 'line') $$,
                'every column of a view has a comment, or the name of a table''s column that has one');
select is_empty('select p.polname from pg_policy as p where obj_description(p.oid, ''pg_policy'') is null',
                'every policy has a comment');
select is_empty($$ select f.signature, m.code[1]
                   from functions as f
                   join namespaces as n on n.oid = f.pronamespace and n.nspname = 'hypermind'
                   cross join lateral regexp_matches(f.prosrc, '''(MH\d{3})''', 'g') as m (code)
                   where strpos(obj_description(f.oid, 'pg_proc'), m.code[1]) = 0 $$,
                'a client''s function names every SQLSTATE that it raises in its comment');
select is_empty($$ select f.signature, m.code[1]
                   from functions as f cross join lateral regexp_matches(f.prosrc, '''(MH[^'']*)''', 'g') as m (code)
                   where m.code[1] !~ '^MH0(0[1-9]|1[0-9]|2[0-9]|3[0-3])$' and m.code[1] <> 'MH%' $$,
                'no function raises a SQLSTATE of class MH that docs/errors.md does not know');

-- Owners and roles.
select is_empty($$ select n.nspname from pg_namespace as n join namespaces using (oid)
                where n.nspowner <> 'hypermind_owner'::regrole $$,
                'hypermind_owner owns both schemas');
select is_empty($$ select r.name from relations as r where r.relowner <> 'hypermind_owner'::regrole $$,
                'hypermind_owner owns every table, index and view');
select is_empty($$ select f.signature from functions as f where f.proowner <> 'hypermind_owner'::regrole $$,
                'hypermind_owner owns every function');
select is_empty($$ select r.rolname from pg_roles as r
                   where r.rolname ~ '^hypermind_(owner|reader|writer|operator|auditor)$'
                     and (r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls
                          or r.rolreplication) $$,
                'no group role may log in or has an attribute that opens more than its grants');
select is((select count(*) from pg_roles as r where r.rolname ~ '^hypermind_(owner|reader|writer|operator|auditor)$'),
          5::bigint,
          'there are five group roles');
select is_empty($$ select m.member::regrole from pg_auth_members as m
                   where m.roleid = 'hypermind_owner'::regrole and m.member::regrole::text ~ '^hypermind_' $$,
                'no group role of clients is a member of the owner');

-- Functions.
select is_empty($$ select f.signature from functions as f
                   where f.prosecdef and array_remove(f.proconfig, 'plan_cache_mode=force_custom_plan')
                                         is distinct from array['search_path=pg_catalog, pg_temp'] $$,
                'every SECURITY DEFINER function pins search_path to pg_catalog, pg_temp, and sets nothing else');
select set_eq($$ select f.proname::text from functions as f
                 where not f.prosecdef and 'search_path=pg_catalog, pg_temp' = any (f.proconfig) $$,
              $$ values ('assert_function'), ('assert_guarded'), ('assert_revertible'), ('assert_table'), ('create_project_role'),
                        ('drop_periods'), ('event_words'), ('forbid_mutation'), ('forbid_unfinished_restore'), ('grant_project'),
                        ('guard_problems'), ('health'), ('is_project_role'), ('text_snippet') $$,
              'so do triggers, and what acts or is called with the rights of who calls');
select set_eq(
    $$ select f.proname::text from functions as f
       join namespaces as n on n.oid = f.pronamespace and n.nspname = 'hypermind'
       where not f.prosecdef $$,
    $$ values ('create_project_role'), ('event_preview'), ('event_text'), ('grant_project'), ('health'), ('is_project_role'), ('schema_version'),
    ('uuidv7_floor'), ('uuidv7_time') $$,
    'every client''s function is SECURITY DEFINER, but for constants and what needs the caller''s own rights');
select is_empty($$ select f.signature from functions as f
                   join namespaces as n on n.oid = f.pronamespace and n.nspname = 'hypermind_private'
                   where f.prosecdef $$,
                'no private function is SECURITY DEFINER');
select is_empty($$ select f.signature from functions as f where has_function_privilege('public', f.oid, 'execute') $$,
                'no function is executable by PUBLIC');
select is_empty($$ select f.signature, r.role
                   from functions as f
                   join namespaces as n on n.oid = f.pronamespace and n.nspname = 'hypermind_private'
                   cross join unnest('{hypermind_reader, hypermind_writer, hypermind_operator, '
                                     'hypermind_auditor}'::name[]) as r (role)
                   where has_function_privilege(r.role, f.oid, 'execute') $$,
                'no private function is executable by a client''s role');
select is_empty($$ select n.nspname, r.role, p.privilege
                   from namespaces as n
                   cross join unnest('{public, hypermind_reader, hypermind_writer, hypermind_operator, '
                                     'hypermind_auditor}'::name[]) as r (role)
                   cross join unnest('{usage, create}'::text[]) as p (privilege)
                   where has_schema_privilege(r.role, n.oid, p.privilege)
                     <> (n.nspname = 'hypermind' and p.privilege = 'usage' and r.role <> 'public') $$,
                'client roles may use schema hypermind, create nothing in it, and have no right in hypermind_private');
select is_empty($$ select f.signature, a.name
                   from functions as f
                   cross join lateral unnest(f.proargnames, coalesce(f.proargmodes,
                                                                     array_fill('i'::"char",
                                                                         array[f.pronargs::integer])))
                       as a (name, mode)
                   where (a.mode in ('i', 'b', 'v')) <> (a.name ~ '^p_[a-z0-9_]+$') $$,
                'every parameter is named p_, and nothing that is returned is');
select is_empty($$ select f.signature from functions as f
                   where f.pronargs > 0 and cardinality(f.proargnames) is distinct
                   from coalesce(cardinality(f.proallargtypes), f.pronargs::integer) $$,
                'every parameter has a name');
select is_empty($$ select f.signature from functions as f join pg_language as l on l.oid = f.prolang
                   where l.lanname not in ('sql', 'plpgsql') and f.prokind <> 'a' $$,
                'functions are SQL or PL/pgSQL: no extension is needed');
select is_empty($$ select d.objid from pg_depend as d
                   join functions as f on f.oid = d.objid and d.classid = 'pg_proc'::regclass
                   join pg_extension as e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass $$,
                'nothing depends on an extension');
select is_empty($$ select f.proname from functions as f group by f.proname, f.pronamespace having count(*) > 1 $$,
                'no function is overloaded');
select is((select array_agg(concat_ws(' ', f.proname, f.provolatile, coalesce(f.proconfig::text, 'no set'))
                            order by f.proname)
           from functions as f where f.proname in ('uuidv7_floor', 'uuidv7_time')),
          '{uuidv7_floor i no set,uuidv7_time i no set}',
          'the functions that pruning depends on are IMMUTABLE and can be inlined');
-- Before PostgreSQL 18 such a function, called in a PL/pgSQL expression, keeps its plan until the transaction ends:
-- without the leaves attached since.
select is_empty($$ select f.signature from functions as f join pg_language as l on l.oid = f.prolang
                and l.lanname = 'sql'
                   where not f.proretset and exists (select from run_tables as t
                                                     where f.prosrc ~ ('\m(from|join) hypermind\.' || t.relname
                                                         || '\M')) $$,
                'no scalar function in SQL reads a run table');
set local role hypermind_owner;
create function hypermind.created_later() returns integer language sql immutable as 'select 1';
create function hypermind_private.created_later() returns integer language sql immutable as 'select 1';
reset role;
select ok(not has_function_privilege('public', 'hypermind.created_later()', 'execute'),
          'a function that the owner creates later is not executable by PUBLIC, either');
select ok(not has_function_privilege('public', 'hypermind_private.created_later()', 'execute'),
          'nor is a private one');

-- Tables.
select is_empty('select t.name from tables as t where not t.relrowsecurity',
                'row-level security is on for every table');
select is_empty('select l.name from leaves as l where not l.relrowsecurity', 'row-level security is on for every leaf');
select is_empty('select r.name from relations as r where r.relforcerowsecurity',
                'row-level security is forced nowhere');
select is_empty($$ select t.name from tables as t
                   where (select array_agg(p.polcmd::text) from pg_policy as p where p.polrelid = t.oid) is distinct
                   from '{r}' $$,
                'every table has one policy, for reading');
select is_empty('select l.name from leaves as l where exists (select from pg_policy as p where p.polrelid = l.oid)',
                'no leaf has a policy');
select is_empty($$ select l.name, a.grantee::regrole from leaves as l cross join aclexplode(l.relacl) as a
                   where a.grantee <> l.relowner $$,
                'nobody has a grant on a leaf');
select is_empty($$ select r.name from relations as r
                   where r.relkind = 'v' and not coalesce('security_invoker=true' = any (r.reloptions), false) $$,
                'every view reads with the rights of who asks it');
select is_empty($$ select c.conrelid::regclass, c.conname
                   from pg_constraint as c join tables as t on t.oid = c.conrelid
                   where c.conname not like replace(t.relname, '_', '\_') || '\_%' $$,
                'every constraint has a name that starts with its table''s');
select is_empty($$ select i.indrelid::regclass, c.relname
                   from pg_index as i join tables as t on t.oid = i.indrelid join pg_class as c on c.oid = i.indexrelid
                   where c.relname not like replace(t.relname, '_', '\_') || '\_%'
                      or (c.relname not like '%\_idx'
                          and not exists (select from pg_constraint as k where k.conindid = c.oid)) $$,
                'every index has a name that starts with its table''s, and ends with _idx unless it is a '
                'constraint''s');
select is_empty($$ select r.name from relations as r where r.relkind = 'S' $$, 'there is no sequence');
select is_empty($$ select r.name, a.attname
                   from relations as r join pg_attribute as a on a.attrelid = r.oid
                   where a.attnum > 0 and (a.attidentity <> '' or a.attgenerated <> '')
                     and r.oid not in ('hypermind.contracts'::regclass, 'hypermind.retention_policies'::regclass) $$,
                'there is no identity, and no generated column but in what an append only reads, or does not');
select is_empty($$ select t.name from tables as t
                   where not exists (select from pg_index as i where i.indrelid = t.oid and i.indisprimary) $$,
                'every table has a primary key');
select is_empty($$ select i.indexrelid::regclass
                   from pg_index as i
                   join run_tables as t on t.oid = i.indrelid
                   left join pg_attribute as a on a.attrelid = t.oid and a.attname = 'run_id'
                   where i.indisunique and i.indkey[0] is distinct from a.attnum $$,
                'what is unique in a run table starts with run_id');
select is_empty($$ select t.name from run_tables as t
                   where not exists (select from pg_attribute as a
                                     where a.attrelid = t.oid and a.attname = 'project_id' and a.attnotnull
                                     and not a.attisdropped) $$,
                'every run table has a project_id, not null');
select is_empty($$ select t.name from tables as t
                   where t.relkind = 'p' and pg_get_partkeydef(t.oid) <> 'RANGE (run_id)' $$,
                'run tables are partitioned by range of run_id');
select is_empty($$ select p.partrelid::regclass from pg_partitioned_table as p where p.partdefid <> 0 $$,
                'no table has a default partition');
select is_empty($$ select r.relname from relations as r where r.relkind = 'r' and r.relpersistence <> 'p' $$,
                'no table is unlogged');
-- An append changes columns of run_heads; what it does not change may be indexed.
select is((select array_agg(distinct a.attname::text order by a.attname::text)
           from pg_index as i
           join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
           where i.indrelid = 'hypermind.run_heads'::regclass),
          '{run_id}', 'no index of run_heads holds a column that an append changes: its updates stay HOT');
select ok((select 'fillfactor=50' = any (t.reloptions) from tables as t where t.oid = 'hypermind.run_heads'::regclass),
          'run_heads leaves room on its pages for them');

-- Foreign keys: run table to run table only from leaf to leaf of one period.
select is_empty($$ select c.conrelid::regclass, c.conname
                   from pg_constraint as c
                   join run_tables as t on t.oid = c.confrelid where c.contype = 'f' $$,
                'nothing references a run table but by its leaves');
select set_eq(
    $$ select replace(c.conname, '_' || substring(l.relname from 'p\d+$'), ''),
    count(*) = (select count(*) from leaves) / 6
       from leaves as l join pg_constraint as c on c.conrelid = l.oid and c.contype = 'f'
       join leaves as r on r.oid = c.confrelid
       where substring(l.relname from 'p\d+$') = substring(r.relname from 'p\d+$') and c.convalidated
       group by 1 $$,
    $$ values ('run_artifacts_belong_to_a_run', true), ('run_artifacts_belong_to_an_event', true),
              ('run_config_refs_belong_to_a_run', true), ('run_outcomes_belong_to_a_run', true),
              ('run_state_snapshots_belong_to_a_run', true) $$,
    'leaves reference the leaves of their own period, in every period');
select is_empty($$ select c.conrelid::regclass, c.conname from pg_constraint as c
                   where c.contype = 'f' and c.conrelid in (
                       select 'hypermind.run_events'::regclass::oid
                       union all select l.oid from leaves as l where l.parent = 'hypermind.run_events'::regclass) $$,
                'an event is appended without a look at another table');

-- Triggers: guards, and nothing else.
select is_empty($$ select t.tgrelid::regclass, t.tgname from pg_trigger as t join relations as r on r.oid = t.tgrelid
                   where not t.tgisinternal and t.tgfoid <> 'hypermind_private.forbid_mutation()'::regprocedure
                     and t.tgname <> 'restores_are_finished' $$,
                'triggers only call forbid_mutation(), but for the one that waits for the commit of a restore');
select is_empty($$ select t.tgrelid::regclass, t.tgname from pg_trigger as t join relations as r on r.oid = t.tgrelid
                   where t.tgfoid = 'hypermind_private.forbid_mutation()'::regprocedure
                   and (t.tgenabled <> 'A' or t.tgqual is not null and t.tgname <> 'run_heads_are_legal') $$,
                'every guard fires always, without a condition, but for the one that is a CHECK by another name');
-- pg_trigger.tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
select is_empty($$ select l.name, g.tgtype from leaves as l cross join (values (27), (34)) as g (tgtype)
                   where not exists (select from pg_trigger as t
                                     where t.tgrelid = l.oid and t.tgtype = g.tgtype and t.tgenabled = 'A'
                                       and t.tgfoid = 'hypermind_private.forbid_mutation()'::regprocedure) $$,
                'every leaf is guarded against UPDATE, DELETE and TRUNCATE');
select set_eq(
    $$ select r.name::text, array_agg(t.tgtype::integer order by t.tgtype)
       from tables as r join pg_trigger as t on t.tgrelid = r.oid and not t.tgisinternal
       group by r.name $$,
    $$ values ('hypermind.archive_runs', '{27,34}'::integer[]), ('hypermind.archives', '{27,34}'),
              ('hypermind.period_moves', '{27,34}'), ('hypermind.restores', '{5}'),
              ('hypermind.config_entities', '{27,34}'::integer[]), ('hypermind.config_label_history', '{27,34}'),
              ('hypermind.config_labels', '{11,34}'), ('hypermind.config_versions', '{27,34}'),
              ('hypermind.contracts', '{27,34}'), ('hypermind.digest_leaves', '{27,34}'), ('hypermind.digests', '{27,34}'),
              ('hypermind.erased_hashes', '{27,34}'), ('hypermind.erasures', '{27,34}'),
              ('hypermind.hold_releases', '{27,34}'), ('hypermind.holds', '{27,34}'), ('hypermind.maintenance_steps', '{11,34}'),
              ('hypermind.projects', '{11,34}'), ('hypermind.retention_policies', '{27,34}'),
              ('hypermind.rollup_pending', '{34}'), ('hypermind.rollups', '{11,34}'),
              ('hypermind.run_artifacts', '{27,34}'), ('hypermind.run_config_refs', '{27,34}'),
              ('hypermind.run_events', '{27,34}'),
              ('hypermind.run_heads', '{21,34}'), ('hypermind.run_outcomes', '{27,34}'),
              ('hypermind.run_state_snapshots', '{27,34}'), ('hypermind.run_summaries', '{11,34}'),
              ('hypermind.run_tools', '{27,34}'), ('hypermind.runs', '{27,34}') $$,
    'only heads, summaries, labels, projects, rollups and steps of maintenance change, and only heads and what waits for a refresh '
    'are deleted');
select is_empty($$ select r.rulename from pg_rewrite as r join tables as t on t.oid = r.ev_class $$,
                'no table has a rule');
select is_empty($$ select e.evtname from pg_event_trigger as e join functions as f on f.oid = e.evtfoid $$,
                'there is no event trigger');

select * from finish();
rollback;
