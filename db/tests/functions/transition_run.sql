-- hypermind.transition_run(): the life of a run.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(63);
set local role alice;

-- From every status to every status. A new run is brought to the first by legal steps, then the second is tried.
create function pg_temp.new_run_in(p_project_id uuid, p_status text) returns uuid language plpgsql as $function$
declare
    v_run_id constant uuid := hypermind.create_run(p_project_id, 'chat');
    v_step   text;
begin
    foreach v_step in array case p_status when 'queued' then '{}' when 'running' then '{running}'
    else array['running', p_status] end loop
        perform hypermind.transition_run(v_run_id, v_step);
    end loop;
    return v_run_id;
end
$function$;
create function pg_temp.try(p_project_id uuid, p_from text, p_to text) returns text language plpgsql as $function$
declare
    v_run_id  constant uuid  := pg_temp.new_run_in(p_project_id, p_from);
    v_before  constant text  := pg_temp.position_of(v_run_id);
    v_refusal constant jsonb := pg_temp.refusal(format('select hypermind.transition_run(%L, %L)', v_run_id, p_to));
begin
    if pg_temp.position_of(v_run_id) = v_before then
        -- Nothing was added: either the run was there already, or the move was refused as such.
        return case when v_refusal is null then 'stays'
                    when v_refusal - 'hint' = jsonb_build_object(
                             'code', 'MH007', 'message', format('run %s is %s: it cannot become %s', v_run_id, p_from,
                                                                p_to),
                             'detail', jsonb_build_object('run_id', v_run_id, 'from', p_from, 'to', p_to))
                             then 'refused'
                    else v_refusal::text end;
    end if;
    return (select e.event_type || ' -> ' || split_part(pg_temp.position_of(v_run_id), ' ', 1)
            from hypermind.run_events as e where e.run_id = v_run_id order by e.seq desc limit 1);
end
$function$;
select is(pg_temp.try(:'project_a', t.before, t.after), t.outcome, format('%s -> %s', t.before, t.after))
from (values
    ('queued',    'queued',    'stays'),
    ('queued',    'running',   'run.started -> running'),
    ('queued',    'paused',    'refused'),
    ('queued',    'completed', 'refused'),
    ('queued',    'failed',    'run.failed -> failed'),
    ('queued',    'cancelled', 'run.cancelled -> cancelled'),
    ('running',   'queued',    'refused'),
    ('running',   'running',   'stays'),
    ('running',   'paused',    'run.paused -> paused'),
    ('running',   'completed', 'run.completed -> completed'),
    ('running',   'failed',    'run.failed -> failed'),
    ('running',   'cancelled', 'run.cancelled -> cancelled'),
    ('paused',    'queued',    'refused'),
    ('paused',    'running',   'run.resumed -> running'),
    ('paused',    'paused',    'stays'),
    ('paused',    'completed', 'refused'),
    ('paused',    'failed',    'run.failed -> failed'),
    ('paused',    'cancelled', 'run.cancelled -> cancelled'),
    ('completed', 'queued',    'refused'),
    ('completed', 'running',   'refused'),
    ('completed', 'paused',    'refused'),
    ('completed', 'completed', 'stays'),
    ('completed', 'failed',    'refused'),
    ('completed', 'cancelled', 'refused'),
    ('failed',    'queued',    'refused'),
    ('failed',    'running',   'refused'),
    ('failed',    'paused',    'refused'),
    ('failed',    'completed', 'refused'),
    ('failed',    'failed',    'stays'),
    ('failed',    'cancelled', 'refused'),
    ('cancelled', 'queued',    'refused'),
    ('cancelled', 'running',   'refused'),
    ('cancelled', 'paused',    'refused'),
    ('cancelled', 'completed', 'refused'),
    ('cancelled', 'failed',    'refused'),
    ('cancelled', 'cancelled', 'stays')
) as t (before, after, outcome);

-- The event, its payload and its number; expected_seq and epoch.
select hypermind.create_run(:'project_a', 'chat') as run_id \gset
reset role;
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset
set local role alice;
select is(hypermind.transition_run(:'run_id', 'running', '{"worker": 1}', 1, 0), 2::bigint,
          'a transition returns the seq of its event');
select results_eq(
    format('select event_type, payload, recorded_at from hypermind.run_events where run_id = %L and seq = 2',
           :'run_id'),
    $$ values ('run.started', '{"worker": 1}'::jsonb, '2040-01-02 03:04:05.678+00'::timestamptz) $$,
    'which has its payload');
select is(hypermind.transition_run(:'run_id', 'running', '{"worker": 2}', 1, 99), 2::bigint,
          'a retry returns the last seq, whatever it expects');
select pg_temp.refuses(format('select hypermind.transition_run(%L, %s)', t.run_id, t.arguments), t.code, t.message,
                       t.detail, t.what)
from (values
    (:'run_id', '''completed'', ''{}'', 1',       'MH003', format('run %s is at seq 2, not at 1', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'expected_seq', 1, 'actual_seq', 2), 'a stale expected_seq is refused'),
    (:'run_id', '''completed'', ''{}'', 2, 1',    'MH009', format('epoch 1 of run %s is over: the run is at epoch 0',
                                                                  :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'epoch', 1, 'current_epoch', 0, 'claimed_by', null),
     'another epoch is refused'),
    (:'run_id', 'null',                           'MH016', 'NULL is no status', '{"argument": "p_status"}',
     'a status is needed'),
    (:'run_id', '''done''',                       'MH016', '''done'' is no status', '{"argument": "p_status"}',
     'a known one'),
    (:'run_id', '''completed'', null',            'MH016', 'payload must be a JSON object, not NULL',
     '{"argument": "payload"}', 'a payload is needed'),
    (:'run_id', '''completed'', ''[]''',          'MH016', 'payload must be a JSON object, not array',
     '{"argument": "payload"}', 'an object'),
    (:'run_id', '''completed'', ''{"n": 1e400}''', 'MH017',
     'payload is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
     '{"argument": "payload", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}', 'within the limits'),
    (:'unknown_run', '''running''',               'MH001', format('run %s does not exist', :'unknown_run'),
     jsonb_build_object('run_id', :'unknown_run'), 'an unknown run is refused'),
    (null, '''running''',                         'MH001', 'run null does not exist', '{"run_id": null}',
     'and none at all')
) as t (run_id, arguments, code, message, detail, what);
set local role bob;
select pg_temp.refuses(format('select hypermind.transition_run(%L, %L)', :'run_id', t.status), 'MH001',
                       format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'),
                       format('a run of another project looks like an unknown one: %s', t.what))
from (values ('completed', 'a legal move'), ('running', 'the status that it has'), ('paused', 'another'))
    as t (status, what);
set local role alice;
select is(pg_temp.position_of(:'run_id'), 'running 2 2', 'nothing of all that left a trace');

-- The end.
select hypermind.append_event(:'run_id', 'model.responded', '{}', '{"n": 1}', p_input_tokens => 100,
                              p_output_tokens => 20, p_cost => 0.10) as ignored \gset
select hypermind.append_event(:'run_id', 'model.responded', p_input_tokens => 50, p_cost => 0.025) as ignored \gset
select hypermind.claim_run(:'run_id', 'worker 1') as ignored \gset
reset role;
select pg_temp.set_clock('2040-01-02 04:00:00+00') as ignored \gset
set local role alice;
select is(hypermind.transition_run(:'run_id', 'completed', '{"answer": 42}'), 5::bigint, 'the end is an event, too');
select is_empty(format('select * from hypermind.run_heads where run_id = %L', :'run_id'), 'the head is gone');
select results_eq(
    format($$ select o.status, o.last_seq, o.last_hash = e.event_hash, o.ended_at, o.events, o.input_tokens,
           o.output_tokens, o.cost, o.project_id
              from hypermind.run_outcomes as o join hypermind.run_events as e on e.run_id = o.run_id
              and e.seq = o.last_seq where o.run_id = %L $$, :'run_id'),
    format($$ values ('completed', 5::bigint, true, '2040-01-02 04:00:00+00'::timestamptz, 5::bigint, 150::bigint,
                      20::bigint, 0.125, %L::uuid) $$, :'project_a'),
    'and has become an outcome with its totals');
select results_eq(
    format($$ select event_type, payload, recorded_at, length(subject_hash) from hypermind.run_events where run_id = %L
           and seq = 5 $$, :'run_id'),
    $$ values ('run.completed', '{"answer": 42}'::jsonb, '2040-01-02 04:00:00+00'::timestamptz, 32) $$,
    'for which the last event vouches');
select is(hypermind.transition_run(:'run_id', 'completed', '{"answer": 43}', 1, 99), 5::bigint,
          'a retry returns its seq');
select pg_temp.refuses(format('select hypermind.transition_run(%L, ''failed'', ''{}'', 1, 99)', :'run_id'), 'MH007',
                       format('run %s is completed: it cannot become failed', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'from', 'completed', 'to', 'failed'),
                       'after the end there is no other');
select is((select seq from hypermind.run_state_snapshots where run_id = :'run_id'), 5::bigint,
          'the last state is kept');
select is(valid, true, 'an ended run verifies') from hypermind.verify_run(:'run_id');
select hypermind.create_run(:'project_a', 'chat') as no_state \gset
select hypermind.transition_run(:'no_state', 'cancelled') as ignored \gset
select is_empty(format('select * from hypermind.run_state_snapshots where run_id = %L', :'no_state'),
                'a run that never had a state keeps none');
select results_eq(format('select events, input_tokens, output_tokens, cost from hypermind.run_outcomes where run_id = '
                         '%L', :'no_state'),
                  'values (2::bigint, 0::bigint, 0::bigint, 0::numeric)', 'its totals are 0');

-- A status that was rolled back was never there.
select hypermind.create_run(:'project_a', 'chat') as saved \gset
savepoint before_start;
select hypermind.transition_run(:'saved', 'cancelled') as ignored \gset
rollback to savepoint before_start;
select is(hypermind.transition_run(:'saved', 'running'), 2::bigint,
          'a transition that was rolled back leaves the run as it was');

select * from finish();
rollback;
