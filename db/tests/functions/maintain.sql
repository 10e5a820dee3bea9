-- hypermind.maintain(): what it does, how much of it, what it leaves alone, and that nothing depends on it.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(63);
select pg_temp.set_clock('2030-01-10 10:00:00+00') as ignored \gset

-- Called by oscar; a row a step on one line: step, done, failed, remaining.
create function pg_temp.maintained(p_arguments text default '') returns text[] language plpgsql as $function$
declare
    v_rows text[];
begin
    perform set_config('role', 'oscar', true);
    execute format('select array_agg(concat_ws('' '', m.step, m.done, m.failed, coalesce(m.remaining::text, ''?''), m.note)) '
                   'from hypermind.maintain(%s) as m', p_arguments) into v_rows;
    perform set_config('role', 'none', true);
    return v_rows;
end
$function$;
-- A run of whoever is named, with the claim of a worker w, in some status.
create function pg_temp.claimed_run(p_project_id uuid, p_who text, p_status text default 'running', p_ttl interval default '1 minute')
    returns uuid language plpgsql as $function$
declare
    v_run_id uuid;
begin
    perform set_config('role', p_who, true);
    v_run_id := hypermind.create_run(p_project_id, 'chat');
    if p_status <> 'queued' then
        perform hypermind.transition_run(v_run_id, 'running');
    end if;
    if p_status = 'paused' then
        perform hypermind.transition_run(v_run_id, 'paused');
    end if;
    perform hypermind.claim_run(v_run_id, 'w', p_ttl);
    perform set_config('role', 'none', true);
    return v_run_id;
end
$function$;
create function pg_temp.status_of(p_run_id uuid) returns text language sql as $function$
    select p.status from hypermind_private.run_position(p_run_id) as p
$function$;

-- Periods.
select is(pg_temp.maintained(),
          array['periods 13 0 0', 'claims 0 0 ? left to the next call: this one made periods',
                'figures 0 0 ? left to the next call: this one made periods'],
          'a call that makes periods does nothing else');
select is(pg_temp.maintained(), '{periods 0 0 0,claims 0 0 0,figures 0 0 0}', 'the next one finds nothing to do');
select is(hypermind_private.period_exists('2031-01-01'), true, 'a year is made ahead');

-- Claims.
select pg_temp.claimed_run(:'project_a', 'alice') as running \gset
select pg_temp.claimed_run(:'project_a', 'alice', 'queued') as queued \gset
select pg_temp.claimed_run(:'project_a', 'alice', 'paused') as paused \gset
select pg_temp.claimed_run(:'project_b', 'bob') as foreign \gset
select pg_temp.claimed_run(:'project_a', 'alice', 'running', '2 hours') as later \gset
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as unclaimed \gset
select hypermind.create_run(:'project_a', 'chat') as let_go \gset
select hypermind.claim_run(:'let_go', 'w') as epoch \gset
select is(hypermind.claim_run(:'let_go', 'w', '0', :epoch), :epoch::bigint, 'a claim that is given back keeps its epoch');
reset role;
select is((select concat_ws(' ', claimed_by, claim_expires_at, epoch) from hypermind.run_heads where run_id = :'let_go'), '1',
          'and is nobody''s any more');

select pg_temp.set_clock('2030-01-10 11:00:59.999999+00') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 0 0 0,figures 0 0 0}', 'an hour of grace');
select pg_temp.set_clock('2030-01-10 11:01:00+00') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 0 0 0,figures 0 0 0}', 'to the last microsecond');
select pg_temp.set_clock('2030-01-10 11:01:00.000001+00') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 3 0 0,figures 3 0 0}', 'then they are ended, and counted');
select is(pg_temp.status_of(t.run_id::uuid), t.status, t.what)
from (values (:'running', 'failed', 'a running run'), (:'queued', 'failed', 'a queued one'),
             (:'foreign', 'failed', 'one of a project in which the operator does not act'),
             (:'paused', 'paused', 'not a paused one, which waits on purpose'), (:'later', 'running', 'nor one that is claimed'),
             (:'unclaimed', 'queued', 'nor one that nobody has claimed'), (:'let_go', 'queued', 'nor one that was let go'))
    as t (run_id, status, what);
set local role alice;
select is((select payload from hypermind.run_events where run_id = :'running' order by seq desc limit 1),
          '{"error.type": "claim_expired",
            "message": "The claim of w ended at 2030-01-10T10:01:00Z. It was not renewed, and nobody else took the run.",
            "error": {"claimed_by": "w", "claim_expires_at": "2030-01-10T10:01:00Z", "epoch": 1}}'::jsonb, 'the event says why');
select is((select event_type from hypermind.run_events where run_id = :'running' order by seq desc limit 1), 'run.failed',
          'in the chain');
select is(bool_and(v.valid), true, 'every run verifies') from hypermind.runs as r, lateral hypermind.verify_run(r.run_id) as v;
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''a.b'', p_epoch => 1)', :'running')) ->> 'code', 'MH002',
          'the worker hears of it when it comes back');
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''a.b'')', :'foreign')) ->> 'code', 'MH001',
          'nobody has learned to write to runs of others');
reset role;
select is(pg_temp.maintained(), '{periods 0 0 0,claims 0 0 0,figures 0 0 0}', 'each once');
select pg_temp.set_clock('2030-01-10 12:01:00+00') as ignored \gset
select is(pg_temp.maintained('p_grace => ''1 minute'''), '{periods 0 0 0,claims 0 0 0,figures 0 0 0}', 'a shorter grace');
select pg_temp.set_clock('2030-01-10 12:01:00.000001+00') as ignored \gset
select is(pg_temp.maintained('p_grace => ''1 minute'''), '{periods 0 0 0,claims 1 0 0,figures 1 0 0}', 'is as exact');

-- So many at a time.
select count(pg_temp.claimed_run(:'project_a', 'alice')) as ignored from generate_series(1, 5) \gset
select pg_temp.set_clock('2030-01-11 00:00:00+00') as ignored \gset
select is(pg_temp.maintained('2'), '{periods 0 0 0,claims 2 0 3,figures 2 0 0}', 'a limit, and what remains');
select is(pg_temp.maintained('2'), '{periods 0 0 0,claims 2 0 1,figures 2 0 0}', 'comes next');
select is(pg_temp.maintained('1'), '{periods 0 0 0,claims 1 0 0,figures 1 0 0}', 'until nothing does');
select count(pg_temp.claimed_run(:'project_a', 'alice')) as ignored from generate_series(1, 53) \gset
select pg_temp.set_clock('2030-01-12 00:00:00+00') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 50 0 3,figures 50 0 0}', 'never more than fifty subtransactions');
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as ended \gset
select hypermind.transition_run(:'ended', 'cancelled') as ignored \gset
reset role;
select is(pg_temp.maintained('3'), '{periods 0 0 0,claims 3 0 0,figures 3 0 1}', 'what waits to be counted is told, too');
select is(pg_temp.maintained(), '{periods 0 0 0,claims 0 0 0,figures 1 0 0}', 'and comes next');

-- One that cannot be ended does not stop the others; a state that may not be kept is no reason.
set local client_min_messages = error;
select pg_temp.claimed_run(:'project_a', 'alice') as poisoned \gset
select pg_temp.claimed_run(:'project_a', 'alice') as healthy \gset
update hypermind.run_heads set last_seq = 1 where run_id = :'poisoned';
select pg_temp.set_clock('2030-01-13 00:00:00+00') as ignored \gset
select is(pg_temp.maintained(), array['periods 0 0 0', format(
              'claims 1 1 1 run %s could not be ended: duplicate key value violates unique constraint "%s" (23505)', :'poisoned',
              'run_events_p203001_pkey'), 'figures 1 0 0'], 'a poisoned run is told');
select is(pg_temp.status_of(:'healthy'), 'failed', 'the others are ended');
select is(pg_temp.status_of(:'poisoned'), 'running', 'it is left as it was');
select is((select concat_ws(' ', done, failed, remaining, ran_at = tried_at) from hypermind.maintenance_steps where step = 'claims'),
          '1 1 1 t', 'and kept in mind');
update hypermind.run_heads set last_seq = 2 where run_id = :'poisoned';
select is(pg_temp.maintained(), '{periods 0 0 0,claims 1 0 0,figures 1 0 0}', 'once it is well, it is ended');

select pg_temp.claimed_run(:'project_a', 'alice') as stated \gset
set local role alice;
select hypermind.append_event(:'stated', 'a.b', '{}', '{"n": "x"}') as ignored \gset
select hypermind.register_contract(:'project_a', 'state', '{"properties": {"n": {"type": "integer"}}}') as ignored \gset
reset role;
select pg_temp.set_clock('2030-01-15 00:00:00+00') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 1 0 0,figures 1 0 0}', 'a broken state ends as it can: without a last snapshot');

-- No snapshot can be due: the append after which one is due takes it, or is refused.
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as snapped \gset
select count(hypermind.append_event(:'snapped', 'a.b', '{}', format('{"k%s": 1}', n)::jsonb)) as ignored
from generate_series(1, 1010) as n \gset
select is((select count(*) from hypermind.run_state_snapshots where run_id = :'snapped'), 2::bigint, 'snapshots are taken by appends');
reset role;
select is_empty($$ select from hypermind.run_heads as h where hypermind_private.snapshot_is_due(
                       h.deltas_since_snapshot, h.delta_bytes, h.snapshot_bytes) $$, 'and none is due');

-- A step that fails leaves the others to run, and nothing half done.
create function pg_temp.failing(p_function text, p_body text) returns void language plpgsql as $function$
begin
    execute format('create or replace function %s language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as %L',
                   p_function, p_body);
end
$function$;
select pg_temp.claimed_run(:'project_b', 'bob') as last_one \gset
select pg_temp.set_clock('2030-01-16 00:00:00+00') as ignored \gset
savepoint before_failure;
select pg_temp.failing('hypermind.refresh_rollups(p_limit integer default 10000) returns bigint',
                       'begin delete from hypermind.rollup_pending; raise exception ''no space''; end') as ignored \gset
select is(pg_temp.maintained(), '{periods 0 0 0,claims 1 0 0,figures 0 1 ? no space (P0001)}', 'a step that fails says so');
select is((select count(*) from hypermind.rollup_pending), 1::bigint, 'and leaves nothing half done');
select is((select concat_ws(' ', failed, note, to_char(tried_at at time zone 'UTC', 'DD'), to_char(ran_at at time zone 'UTC', 'DD'))
           from hypermind.maintenance_steps where step = 'figures'), '1 no space (P0001) 16 15', 'when it last ran through is kept');
rollback to before_failure;
select pg_temp.failing('hypermind.ensure_periods(p_ahead integer default 12) returns integer', 'begin raise exception ''locked''; end')
    as ignored \gset
select is(pg_temp.maintained(), '{periods 0 1 ? locked (P0001),claims 1 0 0,figures 1 0 0}', 'nor does the first step stop the others');
rollback to before_failure;
set local client_min_messages = notice;

-- Nobody calls it for long: writes go on, nothing is lost, and the next calls make up for it.
select pg_temp.set_clock('2035-03-01 00:00:00+00') as ignored \gset
select pg_temp.claimed_run(:'project_a', 'alice') as years_later \gset
set local role alice;
select is(hypermind.append_event(:'years_later', 'a.b'), 3::bigint, 'five years later, writes go on');
reset role;
select is(pg_temp.maintained(), array['periods 12 0 0', 'claims 0 0 ? left to the next call: this one made periods',
                                      'figures 0 0 ? left to the next call: this one made periods'], 'the next call makes periods');
select is(pg_temp.maintained(), '{periods 0 0 0,claims 1 0 0,figures 1 0 0}', 'and the one after it has done all the rest');
select is(pg_temp.status_of(:'last_one'), 'failed', 'the run that waited is ended');
set local role audrey;
select is_empty('select * from hypermind.check_integrity()', 'nothing is amiss');
reset role;

-- What is noted.
select results_eq('select step, ran_by from hypermind.maintenance_steps order by step',
                  $$ values ('claims', 'oscar'), ('figures', 'oscar'), ('periods', 'oscar') $$, 'a row a step, however often it ran');
set local role carol;
select is_empty('select * from hypermind.maintenance_steps', 'readers do not see it: a note may name any run');
set local role audrey;
select is((select count(*) from hypermind.maintenance_steps), 3::bigint, 'auditors do');
set local role oscar;
select is((select count(*) from hypermind.maintenance_steps), 3::bigint, 'and operators');
reset role;
select is(pg_temp.refusal(t.statement) ->> 'code', 'MH004', t.what)
from (values ('delete from hypermind.maintenance_steps', 'it is not deleted'), ('truncate hypermind.maintenance_steps', 'nor truncated'))
    as t (statement, what);

-- Arguments, roles, and a transaction that may not write.
set local role oscar;
select pg_temp.refuses(format('select hypermind.maintain(%s)', t.n), 'MH016',
                       format('p_limit is %s: it must be a number of runs from 1 to 100000', t.n), '{"argument": "p_limit"}',
                       format('a limit of %s is refused', t.n))
from (values ('0'), ('100001'), ('null')) as t (n);
select pg_temp.refuses(format('select hypermind.maintain(p_grace => %s)', t.grace), 'MH016',
                       format('p_grace is %s: it must be from one minute to 30 days', t.shown), '{"argument": "p_grace"}',
                       format('a grace of %s is refused', t.shown))
from (values ('null', 'null'), ('''59 seconds''', '00:00:59'), ('''-1 day''', '-1 days'), ('''31 days''', '31 days')) as t (grace, shown);
savepoint writable;
set transaction read only;
select pg_temp.refuses('select hypermind.maintain()', 'MH026', 'maintenance cannot be done in a read-only transaction', '{}',
                       'a read-only transaction is refused');
rollback to writable;
select is(pg_temp.refusal('select hypermind.maintain()'), null, 'any other is not');
set local role alice;
select is(pg_temp.refusal('select hypermind.maintain()') ->> 'code', '42501', 'writers do not maintain');
set local role audrey;
select is(pg_temp.refusal('select hypermind.maintain()') ->> 'code', '42501', 'nor do auditors');

select * from finish();
rollback;
