-- Deploy hypermind:functions/structure_problems to pg
-- requires: functions/guard_problems
-- requires: functions/run_tables
-- requires: functions/insert_only_tables
-- requires: functions/assert_table
-- requires: tables/contracts
-- requires: tables/rollups
-- requires: tables/run_tools
-- requires: tables/rollup_pending
-- requires: tables/retention_policies
-- requires: tables/maintenance_steps
-- requires: tables/restores
-- requires: functions/period_state
-- requires: tables/hold_releases
-- requires: tables/erased_hashes
-- requires: tables/digest_leaves

begin;

set local role hypermind_owner;

create or replace function hypermind_private.structure_problems()
    returns table (object text, problem text)
    language sql
    stable
as $function$
    -- Without quotes, which quote_all_identifiers would add.
    with tables as (
        select c.oid, c.oid::regclass as name, c.relname, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner,
               c.relispartition or c.relnamespace = 'hypermind_private'::regnamespace and c.relname ~ '_p[0-9]+$' as is_leaf
        from pg_class as c
        where c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace) and c.relkind in ('r', 'p')
    ),
    leaves as (
        select i.inhparent::regclass as parent, i.inhrelid::regclass as leaf,
               substring(c.relname from 'p[0-9]+$') as period
        from unnest(hypermind_private.run_tables()) as t (name)
        join pg_inherits as i on i.inhparent = to_regclass('hypermind.' || t.name)
        join pg_class as c on c.oid = i.inhrelid
    )
    select g.object::text, g.problem
    from unnest(hypermind_private.insert_only_tables()) as t (name)
    cross join lateral hypermind_private.guard_problems(('hypermind.' || t.name)::regclass) as g
    union all
    select g.object::text, g.problem
    from tables as t
    cross join lateral hypermind_private.guard_problems(t.oid) as g
    where t.is_leaf and not t.relispartition
    union all
    select t.name::text, 'is no part of its table, and no move of its month says so'
    from tables as t
    where t.is_leaf and not t.relispartition
      and hypermind_private.period_state(to_date(substring(t.relname from 'p([0-9]+)$'), 'YYYYMM')) <> 'detached'
    union all
    select t.name::text, format('trigger %s does not always fire', g.trigger)
    from (values ('hypermind.projects', 'projects_kept'), ('hypermind.projects', 'projects_no_truncate'),
                 ('hypermind.config_labels', 'config_labels_kept'), ('hypermind.config_labels', 'config_labels_no_truncate'),
                 ('hypermind.run_heads', 'run_heads_no_truncate'), ('hypermind.run_heads', 'run_heads_are_legal'),
                 ('hypermind.run_summaries', 'run_summaries_kept'), ('hypermind.run_summaries', 'run_summaries_no_truncate'),
                 ('hypermind.rollups', 'rollups_kept'), ('hypermind.rollups', 'rollups_no_truncate'),
                 ('hypermind.rollup_pending', 'rollup_pending_no_truncate'),
                 ('hypermind.restores', 'restores_are_finished'),
                 ('hypermind.maintenance_steps', 'maintenance_steps_kept'),
                 ('hypermind.maintenance_steps', 'maintenance_steps_no_truncate')) as g (table_name, trigger)
    join tables as t on t.oid = g.table_name::regclass
    where not exists (select from pg_trigger as r where r.tgrelid = t.oid and r.tgname = g.trigger and r.tgenabled = 'A')
    union all
    select t.name::text, 'row-level security is off' from tables as t where not t.relrowsecurity
    union all
    select t.name::text, 'row-level security is forced: restores and searches would fail' from tables as t where t.relforcerowsecurity
    union all
    select t.name::text, 'is not owned by hypermind_owner' from tables as t where t.relowner <> 'hypermind_owner'::regrole
    union all
    select t.name::text, format('%s has %s on it', case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end, a.privilege_type)
    from tables as t
    cross join lateral aclexplode(t.relacl) as a
    where a.grantee <> t.relowner
      and (t.is_leaf or a.privilege_type <> 'SELECT' or a.grantee = 0)
    union all
    select t.name::text, 'has no policy: nobody can read it'
    from tables as t
    where not t.is_leaf and not exists (select from pg_policy as p where p.polrelid = t.oid)
    union all
    select t.name::text, format('has the policy %s, which is not the one that was deployed', p.polname)
    from tables as t
    join pg_policy as p on p.polrelid = t.oid
    where not t.is_leaf
      and (p.polcmd <> 'r'
           or p.polroles <> '{0}'
           or replace(pg_get_expr(p.polqual, p.polrelid), '"', '') not like
              case when t.oid = 'hypermind.projects'::regclass
                   then '(COALESCE(pg\_has\_role((to\_regrole(quote\_ident(role)))::oid, ''USAGE''::text), false) '
                        'OR pg\_has\_role(''hypermind\_auditor''::name, ''USAGE''::text))'
                   when t.oid in ('hypermind.maintenance_steps'::regclass, 'hypermind.archives'::regclass,
                                  'hypermind.period_moves'::regclass, 'hypermind.restores'::regclass,
                                  'hypermind.digests'::regclass, 'hypermind.digest_leaves'::regclass)
                   then '(pg\_has\_role(''hypermind\_operator''::name, ''USAGE''::text) '
                        'OR pg\_has\_role(''hypermind\_auditor''::name, ''USAGE''::text))'
                   when t.oid in ('hypermind.contracts'::regclass, 'hypermind.retention_policies'::regclass)
                   then '((project\_id IS NULL) OR (project\_id = ANY (ARRAY( SELECT p.project\_id%FROM hypermind.projects p))))'
                   else '(project\_id = ANY (ARRAY( SELECT p.project\_id%FROM hypermind.projects p)))' end)
    union all
    select t.name::text, format('has %s policies, not one', count(*))
    from tables as t
    join pg_policy as p on p.polrelid = t.oid
    where not t.is_leaf
    group by t.name
    having count(*) > 1
    union all
    select t.name::text, format('%s has %s on column %s', x.grantee::regrole, x.privilege_type, a.attname)
    from tables as t
    join pg_attribute as a on a.attrelid = t.oid
    cross join lateral aclexplode(a.attacl) as x
    union all
    select c.oid::regclass::text, 'is a view that reads with the rights of its owner'
    from pg_class as c
    where c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
      and c.relkind in ('v', 'm')
      and not coalesce(c.reloptions @> '{security_invoker=true}', false)
    union all
    select n.nspname::text, format('%s has %s on the schema', case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end, a.privilege_type)
    from pg_namespace as n
    cross join lateral aclexplode(n.nspacl) as a
    where n.nspname in ('hypermind', 'hypermind_private')
      and a.grantee <> n.nspowner
      and (n.nspname <> 'hypermind' or a.privilege_type <> 'USAGE'
           or a.grantee not in ('hypermind_reader'::regrole, 'pg_monitor'::regrole))
    union all
    select t.name::text, 'is a leaf with a policy of its own'
    from tables as t
    where t.is_leaf and exists (select from pg_policy as p where p.polrelid = t.oid)
    union all
    select p.oid::regprocedure::text, 'may be called by PUBLIC'
    from pg_proc as p
    where p.pronamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
      and has_function_privilege('public', p.oid, 'execute')
    union all
    select p.oid::regprocedure::text, format('may be called by %s', a.grantee::regrole)
    from pg_proc as p
    cross join lateral aclexplode(p.proacl) as a
    where p.pronamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
      and a.grantee not in (0, p.proowner)
      and (p.pronamespace = 'hypermind_private'::regnamespace
           or a.grantee not in ('hypermind_reader'::regrole, 'hypermind_writer'::regrole, 'hypermind_operator'::regrole,
                                'hypermind_auditor'::regrole, 'pg_monitor'::regrole)
           or (a.grantee = 'pg_monitor'::regrole and p.proname not in ('health', 'ledger_health'))
           -- Readers call nothing that could write.
           or (a.grantee = 'hypermind_reader'::regrole and p.provolatile = 'v'))
    union all
    select p.oid::regprocedure::text, 'is SECURITY DEFINER without a pinned search_path'
    from pg_proc as p
    where p.pronamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
      and p.prosecdef
      and array_remove(p.proconfig, 'plan_cache_mode=force_custom_plan') is distinct from array['search_path=pg_catalog, pg_temp']
    union all
    select format('period %s', l.period), format('has %s leaves of %s', count(*), cardinality(hypermind_private.run_tables()))
    from leaves as l
    group by l.period
    having count(*) <> cardinality(hypermind_private.run_tables())
    union all
    select t.name::text, 'has no valid primary key'
    from tables as t
    where not exists (select from pg_index as i where i.indrelid = t.oid and i.indisprimary and i.indisvalid)
    union all
    select t.name::text, 'has no valid unique index on (run_id, event_id)'
    from tables as t
    where (t.oid = 'hypermind.run_events'::regclass or t.oid in (select l.leaf from leaves as l where l.parent = 'hypermind.run_events'::regclass))
      and not exists (
          select from pg_index as i
          where i.indrelid = t.oid and i.indisunique and i.indisvalid
            and replace(pg_get_indexdef(i.indexrelid), '"', '') like '%(run\_id, event\_id) WHERE (event\_id IS NOT NULL)')
    union all
    select l.leaf::text, 'has lost its foreign key to the runs of its period'
    from leaves as l
    where l.parent not in ('hypermind.runs'::regclass, 'hypermind.run_events'::regclass)
      and not exists (
          select from pg_constraint as c
          where c.conrelid = l.leaf and c.contype = 'f' and c.convalidated
            and c.confrelid = to_regclass('hypermind_private.runs_' || l.period))
$function$;

comment on function hypermind_private.structure_problems() is
$comment$What is wrong with guards, row-level security, ownership, grants, policies, function rights and periods; no row when
nothing is.

A data-only restore or ENABLE TRIGGER ALL downgrades guards, detaching a leaf drops them: nothing says so but this.$comment$;

commit;
