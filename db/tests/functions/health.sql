-- hypermind.health(): each check, ok and not, and who may call it.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(42);
create role monica;
grant pg_monitor to monica;
select count(*) as ignored from hypermind.maintain() \gset

create function pg_temp.checked(p_check text) returns text language sql as $function$
    select concat_ws(' ', h.verdict, coalesce(trim_scale(h.value)::text, 'null'), h.unit) from hypermind.health() as h where h.check_name = p_check
$function$;

-- Who may.
set local role monica;
select set_eq('select check_name from hypermind.health()',
              '{periods_ahead, oldest_open_run, expired_claims, uncounted_runs, holds, unarchived_periods, outdated_archives, '
              'last_maintenance, maintenance_failures, index_bloat, dead_heads, prepared_transactions, slot_horizon, guards, oldest_transaction}'::text[], 'these are the checks');
select is_empty($$ select * from hypermind.health() as h
                   where h.verdict not in ('ok', 'warning', 'critical') or h.unit = '' or h.meaning = ''
                      or (h.hint is null) <> (h.verdict = 'ok') $$, 'each has a verdict, a unit, a meaning, and a hint unless all is well');
select is_empty($$ select check_name, value from hypermind.health() where verdict <> 'ok' $$, 'of a new ledger all is well');
select is((select array_agg(p.proname::text order by p.proname) from pg_proc as p
           where p.pronamespace = 'hypermind'::regnamespace and has_function_privilege(p.oid, 'execute')), '{health,ledger_health}',
          'a member of pg_monitor may call this, and no other function');
select is_empty($$ select c.oid::regclass from pg_class as c
                   where c.relnamespace in ('hypermind'::regnamespace, to_regnamespace('hypermind_private')) and c.relkind in ('r', 'p', 'v')
                     and has_table_privilege(c.oid, 'select') $$, 'nor read a table or view');
select is(pg_temp.refusal(t.statement) ->> 'code', '42501', t.what)
from (values ('select * from hypermind.runs', 'not even one of runs'), ('select * from hypermind.maintenance_steps', 'or of steps'),
             ('select hypermind.maintain()', 'and maintains nothing'), ('select hypermind.schema_version()', 'nor asks for a version'),
             ('select hypermind_private.guard_checks()', 'nor anything private')) as t (statement, what);
set local role oscar;
select is((select count(*) from hypermind.health()), 14::bigint, 'an operator may, too');
select is(pg_temp.checked('oldest_transaction'), null, 'but does not see the transactions of others');
set local role alice;
select is(pg_temp.refusal('select * from hypermind.health()') ->> 'code', '42501', 'a writer may not');
select is(pg_temp.refusal('select * from hypermind.ledger_health()') ->> 'code', '42501', 'nor half of it');
set local role audrey;
select is(pg_temp.refusal('select * from hypermind.health()') ->> 'code', '42501', 'nor an auditor');
set local role nobody_special;
select is(pg_temp.refusal('select * from hypermind.health()') ->> 'code', '42501', 'nor anybody else');
reset role;
select unalike((select string_agg(h::text, ' ') from hypermind.health() as h), '%' || :'project_a' || '%', 'no project is named');

-- Each check, by the clock that the test moves, and by damage that is undone again.
create function pg_temp.after(p_damage text, p_check text) returns text language plpgsql as $function$
declare
    v_checked text;
begin
    begin
        execute p_damage;
        perform set_config('role', 'monica', true);
        v_checked := pg_temp.checked(p_check);
        raise sqlstate 'ZZZZZ';
    exception when sqlstate 'ZZZZZ' then
        return v_checked;
    end;
end
$function$;
select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as month \gset
select is(pg_temp.after(format('select pg_temp.set_clock(timestamptz %L + %L::interval)', :'month', t.at), 'periods_ahead'), t.checked, t.what)
from (values ('1 hour', 'ok 12 months', 'a year ahead'), ('10 months 20 days', 'warning 2 months', 'two months are few'),
             ('12 months 20 days', 'critical 0 months', 'none is none'), ('30 months 20 days', 'critical 0 months', 'whenever that is'))
    as t (at, checked, what);
select is(pg_temp.after(format('select pg_temp.set_clock(hypermind.uuidv7_time(%L) + %L::interval)', :'run_id', t.age), 'oldest_open_run'),
          t.checked, t.what)
from (values ('12 hours', 'ok 0.5 days', 'a run of today'), ('31 days', 'warning 31 days', 'one of a month ago')) as t (age, checked, what);
select is(pg_temp.after('delete from hypermind.run_heads', 'oldest_open_run'), 'ok 0 days', 'none at all');
select is(pg_temp.after(
              format('update hypermind.run_heads set claimed_by = ''w'', claim_expires_at = hypermind_private.clock() - %L::interval, '
                     'status = %L', t.since, t.status), 'expired_claims'), t.checked, t.what)
from (values ('119 minutes', 'running', 'ok 0 runs', 'maintain() may be about to come'),
             ('121 minutes', 'running', 'warning 1 runs', 'it has not come'), ('121 minutes', 'queued', 'warning 1 runs', 'for a queued run'),
             ('30 days', 'paused', 'ok 0 runs', 'a paused one needs no worker')) as t (since, status, checked, what);
select is(pg_temp.after(
              'insert into hypermind.run_heads select gen_random_uuid(), project_id, project_role, status, last_seq, last_hash, '
              'last_recorded_at, tools, 1, ''w'', now() - interval ''1 day'' from hypermind.run_heads, generate_series(1, 100)',
              'expired_claims'), 'critical 100 runs', 'nor for a hundred');
select is(pg_temp.after(format('insert into hypermind.rollup_pending select gen_random_uuid(), %L from generate_series(1, %s)',
                               :'project_a', t.runs), 'uncounted_runs'), t.checked, t.what)
from (values (9999, 'ok 9999 runs', 'runs that wait'), (10000, 'warning 10000 runs', 'many'), (100001, 'critical 100000 runs', 'far too many'))
    as t (runs, checked, what);
select is(pg_temp.after(format('update hypermind.maintenance_steps set ran_at = clock_timestamp() - %L::interval where step = ''claims''',
                               t.since), 'last_maintenance'), t.checked, t.what)
from (values ('2 hours', 'ok 2 hours', 'the step that ran longest ago counts'), ('24 hours', 'warning 24 hours', 'a day ago'),
             ('7 days', 'critical 168 hours', 'a week ago')) as t (since, checked, what);
select is(pg_temp.after('update hypermind.maintenance_steps set ran_at = null where step = ''claims''', 'last_maintenance'),
          'warning null hours', 'a step that never ran through');
select is(pg_temp.after('select pg_temp.unguard(); delete from hypermind.maintenance_steps', 'last_maintenance'), 'warning null hours',
          'no maintenance at all');
select is(pg_temp.after('update hypermind.maintenance_steps set failed = 2 where step = ''claims''', 'maintenance_failures'),
          'warning 2 failures', 'what failed');
select is(pg_temp.after(format('alter table hypermind_private.run_events_%s disable trigger run_events_append_only',
                               hypermind_private.period_name(now())), 'guards'), 'critical 1 problems', 'a guard of a leaf');
select is(pg_temp.after('drop trigger retention_policies_append_only on hypermind.retention_policies', 'guards'), 'critical 1 problems',
          'one of a table');

-- Bloat is an estimate: close for fresh indexes, and it grows with what is deleted.
select hypermind_private.index_waste() as waste_before \gset
insert into hypermind.rollup_pending select gen_random_uuid(), :'project_a' from generate_series(1, 100000);
reindex table hypermind.rollup_pending;
analyze hypermind.rollup_pending;
set local role hypermind_owner;
select cmp_ok(hypermind_private.index_waste() - :waste_before, '<', 500000::bigint, 'an index of 4 MB that was just made wastes little');
reset role;
alter table hypermind.rollup_pending disable trigger all;
delete from hypermind.rollup_pending where run_id < 'f0000000-0000-0000-0000-000000000000';
analyze hypermind.rollup_pending;
set local role hypermind_owner;
select cmp_ok(hypermind_private.index_waste(), '>', 2000000::bigint, 'when most of it was deleted, it wastes most');
reset role;

select * from finish();
rollback;
