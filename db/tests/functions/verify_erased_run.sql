-- hypermind.verify_run() of runs with erased content: the hashes that stayed prove it, and whoever tampers with either
-- is found.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(38);

-- run_id: events 1, 4 and 6 are erased, with them the run's input, the artifact and the snapshot at 5. ended_run: all of
-- it is. A run with a new state after what was erased, and snapshots before and after it.
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as renewed \gset
select hypermind.append_event(:'renewed', 'a.b', '{}', '{"a": 1}') as ignored \gset
select hypermind.append_event(:'renewed', 'a.b', '{}', '{"b": 1}') as ignored \gset
select hypermind.take_snapshot(:'renewed', s) as ignored from generate_series(2, 3) as s offset 1 \gset
select hypermind.append_event(:'renewed', 'a.b', '{}', '{"e": 1}') as ignored \gset
select hypermind.append_event(:'renewed', 'a.b', '{}', '[{"op": "replace", "path": "", "value": {"c": 1}}]') as ignored \gset
select hypermind.append_event(:'renewed', 'a.b', '{}', '{"d": 1}') as ignored \gset
select hypermind.take_snapshot(:'renewed', 6) as ignored \gset
set local role oscar;
select sum(e.events) as ignored from unnest('{1, 4, 6}'::bigint[]) as s,
    hypermind.erase_payload(:'run_id', s, 'personal data') as e \gset
select events as ignored from hypermind.erase_run(:'ended_run', 'personal data') \gset
select snapshots as erased_snapshots from hypermind.erase_payload(:'renewed', 3, 'personal data') \gset
reset role;
select is(:'erased_snapshots'::bigint, 1::bigint, 'the snapshot between what is erased and the new state is erased with it');
create temp table runs (name text, run_id uuid);
insert into runs values ('RUN', :'run_id'), ('ENDED', :'ended_run'), ('RENEWED', :'renewed'), ('FORK', :'fork');

-- What verify_run() tells an auditor after somebody with all rights did p_tampering; everything is undone again.
create function pg_temp.found(p_tampering text) returns text language plpgsql as $function$
declare
    v_run     record;
    v_run_id  uuid;
    v_changed bigint;
    v_found   text;
begin
    perform pg_temp.unguard();
    for v_run in select * from runs loop
        if p_tampering ~ ('\m' || v_run.name || '\M') then
            v_run_id := coalesce(v_run_id, v_run.run_id);
            p_tampering := regexp_replace(p_tampering, '\m' || v_run.name || '\M', quote_literal(v_run.run_id), 'g');
        end if;
    end loop;
    execute p_tampering;
    get diagnostics v_changed = row_count;
    perform set_config('role', 'audrey', true);
    select case when v.valid then 'valid' else concat_ws(' | ', v.bad_seq, v.bad_object, v.problem) end into v_found
    from hypermind.verify_run(v_run_id) as v;
    raise exception using errcode = 'ZZ001', message = case v_changed when 0 then 'nothing was changed' else v_found end;
exception when sqlstate 'ZZ001' then
    return sqlerrm;
end
$function$;

set local role audrey;
select is(v.valid, true, format('%s verifies', r.what))
from (values ('a run with some events erased', :'run_id'::uuid), ('one erased as a whole', :'ended_run'),
             ('one with a new state after that', :'renewed'), ('a fork', :'fork')) as r (what, run_id),
    hypermind.verify_run(r.run_id) as v;
reset role;
\set gone 'is gone, and no erasure says so'
\set back 'was erased, and is there'
\set hashes 'update hypermind.erased_hashes set '
select is(pg_temp.found(t.tampering), t.found, t.what)
from (values
    -- Content that is gone without a record.
    ('an event was emptied', 'update hypermind.run_events set payload = null, state_delta = null, salt = null '
     'where run_id = RUN and seq = 5', '5 | run_events | the content of event 5 (tool.called) ' || :'gone'),
    ('only its payload was', 'update hypermind.run_events set payload = null where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('a snapshot was emptied', 'update hypermind.run_state_snapshots set state = null, salt = null '
     'where run_id = RENEWED and seq = 6', '6 | run_state_snapshots | the state at seq 6 ' || :'gone'),
    ('the base state was', 'update hypermind.run_state_snapshots set state = null, salt = null where run_id = FORK',
     '0 | run_state_snapshots | the state at seq 0 ' || :'gone'),
    ('a run was emptied', 'update hypermind.runs set input = null, metadata = null, salt = null where run_id = FORK',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the record of an event is gone',
     'delete from hypermind.erased_hashes where run_id = RUN and kind = ''event'' and seq = 4',
     '4 | run_events | the content of event 4 (model.responded) ' || :'gone'),
    ('that of a snapshot is', 'delete from hypermind.erased_hashes where run_id = RUN and kind = ''snapshot''',
     '5 | run_state_snapshots | the state at seq 5 ' || :'gone'),
    ('that of an artifact is', 'delete from hypermind.erased_hashes where run_id = RUN and kind = ''artifact''',
     format('6 | run_artifacts | artifact %s is not what event 6 vouches for', :'artifact_id')),
    ('that of the run is', 'delete from hypermind.erased_hashes where run_id = RUN and kind = ''run''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    -- A record that is not that of what was there.
    ('another hash of a payload', :'hashes' || 'payload_hash = sha256('''') where run_id = RUN and seq = 4 and kind = ''event''',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('none of a payload', :'hashes' || 'payload_hash = null where run_id = RUN and seq = 4 and kind = ''event''',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('another hash of a delta', :'hashes' || 'delta_hash = sha256('''') where run_id = RUN and seq = 4 and kind = ''event''',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a hash of a delta that there was not',
     :'hashes' || 'delta_hash = sha256('''') where run_id = RUN and seq = 6 and kind = ''event''',
     '6 | run_events | event 6 (artifact.attached) is not what was recorded'),
    ('another hash of a state', :'hashes' || 'state_hash = sha256('''') where run_id = RUN and kind = ''snapshot''',
     '5 | erased_hashes | the erased snapshot at seq 5 has another hash than it had'),
    ('the same in the snapshot', 'update hypermind.run_state_snapshots set state_hash = sha256('''') where run_id = RUN',
     '5 | erased_hashes | the erased snapshot at seq 5 has another hash than it had'),
    ('another hash of the input', :'hashes' || 'input_hash = sha256('''') where run_id = RUN and kind = ''run''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('another hash of the metadata', :'hashes' || 'metadata_hash = sha256('''') where run_id = RUN and kind = ''run''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('another hash of a uri', :'hashes' || 'uri_hash = sha256('''') where run_id = RUN and kind = ''artifact''',
     format('6 | run_artifacts | artifact %s is not what event 6 vouches for', :'artifact_id')),
    ('another hash of its metadata', :'hashes' || 'metadata_hash = sha256('''') where run_id = RUN and kind = ''artifact''',
     format('6 | run_artifacts | artifact %s is not what event 6 vouches for', :'artifact_id')),
    ('a record was moved to another event',
     :'hashes' || 'seq = 3 where run_id = RUN and kind = ''event'' and seq = 4',
     '3 | erased_hashes | the content of the event at seq 3 ' || :'back'),
    ('a record of nothing', :'hashes' || 'seq = 99 where run_id = RUN and kind = ''event'' and seq = 4',
     '99 | erased_hashes | there is no event at seq 99, of which an erasure is recorded'),
    -- Content that is there all the same.
    ('a payload is back', 'update hypermind.run_events set payload = ''{}'' where run_id = RUN and seq = 4',
     '4 | erased_hashes | the content of the event at seq 4 ' || :'back'),
    ('a delta is', 'update hypermind.run_events set state_delta = ''{}'' where run_id = RUN and seq = 4',
     '4 | erased_hashes | the content of the event at seq 4 ' || :'back'),
    ('a salt is', 'update hypermind.run_events set salt = gen_random_uuid() where run_id = RUN and seq = 4',
     '4 | erased_hashes | the content of the event at seq 4 ' || :'back'),
    ('a state is', 'update hypermind.run_state_snapshots set state = ''{}'' where run_id = RUN',
     '5 | erased_hashes | the content of the snapshot at seq 5 ' || :'back'),
    ('the input is', 'update hypermind.runs set input = ''{}'' where run_id = RUN',
     '1 | erased_hashes | the content of the run at seq 1 ' || :'back'),
    ('the metadata are', 'update hypermind.runs set metadata = ''{}'' where run_id = ENDED',
     '1 | erased_hashes | the content of the run at seq 1 ' || :'back'),
    ('a uri is', 'update hypermind.run_artifacts set uri = ''s3://x'' where run_id = RUN',
     '6 | erased_hashes | the content of the artifact at seq 6 ' || :'back'),
    -- What is left still counts.
    ('a column of an erased event was changed', 'update hypermind.run_events set model = ''x'' where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('an erased event is gone', 'delete from hypermind.run_events where run_id = RUN and seq = 4',
     '4 | erased_hashes | there is no event at seq 4, of which an erasure is recorded'),
    ('an erased run has another owner', 'update hypermind.runs set owner = ''x'' where run_id = ENDED',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a snapshot of a state that cannot be known', 'insert into hypermind.run_state_snapshots '
     'select s.run_id, 4, s.project_id, v.state, v.salt, hypermind_private.salted_hash(v.salt, v.state), s.taken_at, s.taken_by '
     'from hypermind.run_state_snapshots as s, (values (''{"b": 1}''::jsonb, gen_random_uuid())) as v (state, salt) '
     'where s.run_id = RENEWED and s.seq = 6',
     '4 | run_state_snapshots | the snapshot at seq 4 holds what was erased before it'),
    ('another state after the new one',
     'update hypermind.run_state_snapshots set state = ''{"c": 2}'', '
     'state_hash = hypermind_private.salted_hash(salt, ''{"c": 2}'') where run_id = RENEWED and seq = 6',
     '6 | run_state_snapshots | the snapshot at seq 6 is not the state that the events lead to')
) as t (what, tampering, found);

select * from finish();
rollback;
