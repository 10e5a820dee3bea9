-- hypermind.verify_run(): every kind of tampering is found, where it is, and with words for it.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(115);
create temp table runs (name text, run_id uuid);
insert into runs values ('run_id', :'run_id'), ('ended_run', :'ended_run'), ('fork', :'fork');

-- Untouched.
set local role alice;
select results_eq(
    format('select * from hypermind.verify_run(%L)', :'run_id'),
    format($$ select true, 7::bigint, h.last_seq, h.last_hash, null::bigint, null, null from hypermind.run_heads as h
           where h.run_id = %L $$, :'run_id'), 'an open run verifies');
select results_eq(
    format('select * from hypermind.verify_run(%L)', :'ended_run'),
    format($$ select true, 4::bigint, o.last_seq, o.last_hash, null::bigint, null, null
           from hypermind.run_outcomes as o where o.run_id = %L $$, :'ended_run'), 'so does one that has ended');
select results_eq(format('select valid, events, bad_seq, bad_object, problem from hypermind.verify_run(%L)', :'fork'),
                  'values (true, 1::bigint, null::bigint, null, null)', 'and a fork');
reset role;

-- What verify_run() tells an auditor after somebody with all rights did p_tampering; everything is undone again.
-- In p_tampering, RUN, ENDED and FORK stand for the runs.
create function pg_temp.found(p_run text, p_tampering text) returns text language plpgsql as $function$
declare
    v_found   text;
    v_changed bigint;
begin
    begin
        perform pg_temp.unguard();
        execute replace(replace(replace(p_tampering, 'RUN',
                                        quote_literal((select run_id from runs where name = 'run_id'))),
                                'ENDED', quote_literal((select run_id from runs where name = 'ended_run'))),
                        'FORK', quote_literal((select run_id from runs where name = 'fork')));
        get diagnostics v_changed = row_count;
        perform set_config('role', 'audrey', true);
        select case when v.valid then 'valid' else concat_ws(' | ', coalesce(v.bad_seq::text, 'null'), v.bad_object,
                                                             v.problem) end into v_found
        from hypermind.verify_run((select run_id from pg_temp.runs where name = p_run)) as v;
        raise exception using errcode = 'ZZ001', message = case v_changed when 0 then 'nothing was changed'
        else v_found end;
    exception when sqlstate 'ZZ001' then
        return sqlerrm;
    end;
end
$function$;
grant select on runs to audrey;

select is(pg_temp.found('run_id', t.tampering), replace(t.found, 'ARTIFACT', :'artifact_id'), t.what)
from (values
    -- Events: every column.
    ('a payload was changed',
     'update hypermind.run_events set payload = payload || ''{"id": 18}'' where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('a payload was erased, its salt was not',
     'update hypermind.run_events set payload = null where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('a number in it has other digits',
     'update hypermind.run_events set payload = ''{"id": 17.0}'' where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('a state_delta was changed',
     'update hypermind.run_events set state_delta = ''{"order": {"id": 17}, "turn": 3}'' where run_id = RUN and seq = '
     '7', '7 | run_events | event 7 (tool.returned) is not what was recorded'),
    ('a state_delta was added', 'update hypermind.run_events set state_delta = ''{}'' where run_id = RUN and seq = 2',
     '2 | run_events | event 2 (run.started) is not what was recorded'),
    ('a salt was changed', 'update hypermind.run_events set salt = gen_random_uuid() where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('a type was changed',
     'update hypermind.run_events set event_type = ''tool.failed'' where run_id = RUN and seq = 7',
     '7 | run_events | event 7 (tool.failed) is not what was recorded'),
    ('a model was changed', 'update hypermind.run_events set model = ''model-2'' where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a model was removed', 'update hypermind.run_events set model = null where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a tool was changed', 'update hypermind.run_events set tool = ''find'' where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('a model has become a tool',
     'update hypermind.run_events set model = null, tool = model where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a tag was added',
     'update hypermind.run_events set tags = tags || ''second''::text where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('no tags have become empty ones', 'update hypermind.run_events set tags = ''{}'' where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('input_tokens were changed', 'update hypermind.run_events set input_tokens = 121 where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('output_tokens were changed',
     'update hypermind.run_events set output_tokens = null where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a cost was changed', 'update hypermind.run_events set cost = 0.0124 where run_id = RUN and seq = 4',
     '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a parent was changed', 'update hypermind.run_events set parent_seq = 3 where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('an event_id was changed',
     'update hypermind.run_events set event_id = gen_random_uuid() where run_id = RUN and seq = 5',
     '5 | run_events | event 5 (tool.called) is not what was recorded'),
    ('recorded_at was changed by a microsecond',
     'update hypermind.run_events set recorded_at = recorded_at + interval ''1 microsecond'' where run_id = RUN and '
     'seq = 6', '6 | run_events | event 6 (artifact.attached) is not what was recorded'),
    ('occurred_at was changed by a microsecond',
     'update hypermind.run_events set occurred_at = occurred_at - interval ''1 microsecond'' where run_id = RUN and '
     'seq = 4', '4 | run_events | event 4 (model.responded) is not what was recorded'),
    ('a project was changed',
     'update hypermind.run_events set project_id = gen_random_uuid() where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('contract_version was changed', 'update hypermind.run_events set contract_version = 2 where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('text_rule was changed', 'update hypermind.run_events set text_rule = 2 where run_id = RUN and seq = 3',
     '3 | run_events | event 3 (message.added) is not what was recorded'),
    ('a subject_hash was changed',
     'update hypermind.run_events set subject_hash = sha256('''') where run_id = RUN and seq = 6',
     '6 | run_events | event 6 (artifact.attached) is not what was recorded'),
    ('an event_hash was changed',
     'update hypermind.run_events set event_hash = sha256('''') where run_id = RUN and seq = 6',
     '6 | run_events | event 6 (artifact.attached) is not what was recorded'),
    -- Events: all of them.
    ('an event in the middle was deleted', 'delete from hypermind.run_events where run_id = RUN and seq = 4',
     '4 | run_events | event 4 is missing'),
    ('the first event was deleted', 'delete from hypermind.run_events where run_id = RUN and seq = 1',
     '1 | run_events | event 1 is missing'),
    ('the last event was deleted', 'delete from hypermind.run_events where run_id = RUN and seq = 7',
     '7 | run_events | the events from 7 to 7 are missing'),
    ('the last three events were deleted', 'delete from hypermind.run_events where run_id = RUN and seq > 4',
     '5 | run_events | the events from 5 to 7 are missing'),
    ('all events were deleted', 'delete from hypermind.run_events where run_id = RUN',
     '1 | run_events | the events from 1 to 7 are missing'),
    ('two events have changed places',
     'update hypermind.run_events as e set payload = o.payload, state_delta = o.state_delta, salt = o.salt, '
     'event_type = o.event_type, recorded_at = o.recorded_at, occurred_at = o.occurred_at '
     'from hypermind.run_events as o where e.run_id = RUN and o.run_id = RUN and (e.seq, o.seq) in ((2, 3), (3, 2))',
     '2 | run_events | event 2 (message.added) is not what was recorded'),
    ('an event was added at the end',
     'insert into hypermind.run_events select (jsonb_populate_record(e, ''{"seq": 8, "event_id": null}'')).* from '
     'hypermind.run_events as e where e.run_id = RUN and e.seq = 7',
     '8 | run_events | event 8 (tool.returned) is not what was recorded'),
    ('an event with a proper hash was added at the end',
     'insert into hypermind.run_events (run_id, seq, project_id, event_type, payload, salt, occurred_at, recorded_at, '
     'event_hash) '
     'select e.run_id, 8, e.project_id, ''message.added'', ''{}'', e.salt, e.occurred_at, e.recorded_at, '
     'sha256(e.event_hash || hypermind_private.canonical_event(e.run_id, 8, e.project_id, null, ''message.added'', '
     'null, null, hypermind_private.salted_hash(e.salt, ''{}''), null, null, null, null, null, null, null, null, '
     'null, e.occurred_at, e.recorded_at)) '
     'from hypermind.run_events as e where e.run_id = RUN and e.seq = 7',
     '8 | run_events | run_heads knows no events after 7'),
    ('the last event was replaced by one with a proper hash and the next number',
     'with gone as (delete from hypermind.run_events where run_id = RUN and seq = 7), '
     'forged as (insert into hypermind.run_events (run_id, seq, project_id, event_type, payload, salt, occurred_at, '
     'recorded_at, event_hash) '
     'select e.run_id, 8, e.project_id, ''message.added'', ''{}'', e.salt, e.occurred_at, e.recorded_at, '
     'sha256(e.event_hash || hypermind_private.canonical_event(e.run_id, 8, e.project_id, null, ''message.added'', '
     'null, null, hypermind_private.salted_hash(e.salt, ''{}''), null, null, null, null, null, null, null, null, '
     'null, e.occurred_at, e.recorded_at)) '
     'from hypermind.run_events as e where e.run_id = RUN and e.seq = 6 returning *) '
     'update hypermind.run_heads as h set last_seq = f.seq, last_hash = f.event_hash, last_recorded_at = '
     'f.recorded_at from forged as f where h.run_id = f.run_id',
     '7 | run_events | event 7 is missing'),
    -- The head.
    ('the head''s hash was changed', 'update hypermind.run_heads set last_hash = sha256('''') where run_id = RUN',
     '7 | run_heads | the last hash is not that of the last event'),
    ('the head was moved back', 'update hypermind.run_heads set last_seq = 6 where run_id = RUN',
     '7 | run_events | run_heads knows no events after 6'),
    ('the head was moved on', 'update hypermind.run_heads set last_seq = 9 where run_id = RUN',
     '8 | run_events | the events from 8 to 9 are missing'),
    ('the head is gone', 'delete from hypermind.run_heads where run_id = RUN',
     '7 | run_heads | the run has neither a head nor an outcome'),
    ('the head has another status', 'update hypermind.run_heads set status = ''paused'' where run_id = RUN',
     '7 | run_heads | the head says paused, the events say running'),
    ('the head has another time',
     'update hypermind.run_heads set last_recorded_at = last_recorded_at + interval ''1 hour'' where run_id = RUN',
     '7 | run_heads | the head was not last written by the last event'),
    ('the run has an outcome besides',
     'insert into hypermind.run_outcomes select h.run_id, h.project_id, ''completed'', h.last_seq, h.last_hash, '
     'now(), h.last_seq, 0, 0, 0 from hypermind.run_heads as h where h.run_id = RUN',
     '7 | run_heads | the run has both a head and an outcome'),
    -- The run's row, pins and contents.
    ('the input was changed',
     'update hypermind.runs set input = ''{"question": "Where is order 18?"}'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the metadata was changed', 'update hypermind.runs set metadata = ''{}'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the owner was changed', 'update hypermind.runs set owner = ''Bo'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('who created it was changed', 'update hypermind.runs set created_by = ''bob'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the tags were changed', 'update hypermind.runs set tags = ''{orders, urgent}'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the mode was changed', 'update hypermind.runs set mode = ''chat'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the agent was changed', 'update hypermind.runs set agent = ''x'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the model was changed', 'update hypermind.runs set model = ''x'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the time was changed',
     'update hypermind.runs set created_at = created_at - interval ''1 microsecond'' where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a parent was made up', 'update hypermind.runs set parent_run_id = ENDED where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the run was moved to another project',
     'update hypermind.runs set project_id = (select project_id from hypermind.projects where name = ''b'') where '
     'run_id = RUN', '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the salt was changed', 'update hypermind.runs set salt = gen_random_uuid() where run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a pin was moved',
     'update hypermind.run_config_refs set version = 2, content_sha256 = sha256(''{"text": "Hi"}'') where run_id = '
     'RUN and slot = ''system''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a pin''s label was changed',
     'update hypermind.run_config_refs set label = null where run_id = RUN and slot = ''system''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a pin was removed', 'delete from hypermind.run_config_refs where run_id = RUN and slot = ''search''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a pin was added',
     'insert into hypermind.run_config_refs select (jsonb_populate_record(r, ''{"slot": "other"}'')).* from '
     'hypermind.run_config_refs as r where r.run_id = RUN and r.slot = ''search''',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a base state was made up',
     'insert into hypermind.run_state_snapshots select (jsonb_populate_record(s, ''{"seq": 0}'')).* from '
     'hypermind.run_state_snapshots as s where s.run_id = RUN',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('a pinned content was changed',
     'update hypermind.config_versions set content = ''{"text": "Bye"}'' where content = ''{"text": "Hello"}''',
     '1 | config_versions | prompt greeting version 1, pinned as system, has another content'),
    ('with its hash', 'update hypermind.config_versions set content = ''{"text": "Bye"}'', content_sha256 = '
                      'sha256(''{"text": "Bye"}'') where content = ''{"text": "Hello"}''',
     '1 | config_versions | prompt greeting version 1, pinned as system, has another content'),
    ('a pinned version was deleted', 'delete from hypermind.config_versions where content = ''{"timeout": 30}''',
     '1 | config_versions | tool search version 1, pinned as search, has another content'),
    ('a content that is not pinned was changed',
     'update hypermind.config_versions set content = ''{"text": "Bye"}'' where content = ''{"text": "Hi"}''', 'valid'),
    -- Artifacts and snapshots.
    ('an artifact''s uri was changed',
     'update hypermind.run_artifacts set uri = ''s3://bucket/18.csv'' where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s hash was changed',
     'update hypermind.run_artifacts set sha256 = sha256(''18'') where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s size was changed', 'update hypermind.run_artifacts set size_bytes = 3 where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s kind was changed', 'update hypermind.run_artifacts set kind = ''x'' where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s media type was changed',
     'update hypermind.run_artifacts set media_type = ''x'' where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s metadata was changed',
     'update hypermind.run_artifacts set metadata = ''{"rows": 2}'' where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact''s time was changed',
     'update hypermind.run_artifacts set created_at = created_at + interval ''1 second'' where run_id = RUN',
     '6 | run_artifacts | artifact ARTIFACT is not what event 6 vouches for'),
    ('an artifact was deleted', 'delete from hypermind.run_artifacts where run_id = RUN',
     '6 | run_artifacts | the artifact of event 6 is missing'),
    ('an artifact was moved to another event', 'update hypermind.run_artifacts set seq = 5 where run_id = RUN',
     '5 | run_artifacts | no event vouches for artifact ARTIFACT'),
    ('an artifact was added',
     'insert into hypermind.run_artifacts select (jsonb_populate_record(a, ''{"seq": 7, "artifact_id": '
     '"22222222-2222-4222-8222-222222222222"}'')).* from hypermind.run_artifacts as a where a.run_id = RUN',
     '7 | run_artifacts | no event vouches for artifact 22222222-2222-4222-8222-222222222222'),
    ('a snapshot''s state was changed',
     'update hypermind.run_state_snapshots set state = ''{"turn": 9}'' where run_id = RUN',
     '5 | run_state_snapshots | the snapshot at seq 5 does not fit its hash'),
    ('a snapshot''s hash was changed',
     'update hypermind.run_state_snapshots set state_hash = sha256('''') where run_id = RUN',
     '5 | run_state_snapshots | the snapshot at seq 5 does not fit its hash'),
    ('both were', 'update hypermind.run_state_snapshots set state = ''{"turn": 9}'', state_hash = '
                  'hypermind_private.salted_hash(salt, ''{"turn": 9}'') where run_id = RUN',
     '5 | run_state_snapshots | the snapshot at seq 5 is not the state that the events lead to'),
    ('a snapshot was moved', 'update hypermind.run_state_snapshots set seq = 3 where run_id = RUN',
     '3 | run_state_snapshots | the snapshot at seq 3 is not the state that the events lead to'),
    ('a snapshot was deleted: no harm is done', 'delete from hypermind.run_state_snapshots where run_id = RUN',
     'valid'),
    -- Another run does not matter, but for a fork.
    ('another run was changed', 'update hypermind.run_events set payload = ''{"x": 1}'' where run_id = ENDED', 'valid')
) as t (what, tampering, found);

-- A run that has ended: its outcome.
select is(pg_temp.found('ended_run', t.tampering), t.found, t.what)
from (values
    ('the outcome''s status was changed', 'update hypermind.run_outcomes set status = ''failed'' where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s cost was changed', 'update hypermind.run_outcomes set cost = 0.05 where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s input_tokens were changed',
     'update hypermind.run_outcomes set input_tokens = 0 where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s output_tokens were changed',
     'update hypermind.run_outcomes set output_tokens = 0 where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s end was changed',
     'update hypermind.run_outcomes set ended_at = ended_at + interval ''1 second'' where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s project was changed',
     'update hypermind.run_outcomes set project_id = gen_random_uuid() where run_id = ENDED',
     '4 | run_outcomes | the outcome is not what the final event vouches for'),
    ('the outcome''s hash was changed',
     'update hypermind.run_outcomes set last_hash = sha256('''') where run_id = ENDED',
     '4 | run_outcomes | the last hash is not that of the last event'),
    ('the outcome is gone', 'delete from hypermind.run_outcomes where run_id = ENDED',
     '4 | run_heads | the run has neither a head nor an outcome'),
    ('the end was cut off', 'delete from hypermind.run_events where run_id = ENDED and seq = 4',
     '4 | run_events | the events from 4 to 4 are missing'),
    ('the end was cut off, and the outcome moved back',
     'with cut as (delete from hypermind.run_events where run_id = ENDED and seq = 4) update hypermind.run_outcomes '
     'as o set last_seq = 3, events = 3, last_hash = e.event_hash '
     'from hypermind.run_events as e where o.run_id = ENDED and e.run_id = ENDED and e.seq = 3',
     '3 | run_outcomes | the outcome is not what the final event vouches for'),
    ('an ended run was opened again',
     'with o as (delete from hypermind.run_outcomes where run_id = ENDED returning *) insert into hypermind.run_heads '
     '(run_id, project_id, project_role, status, last_seq, last_hash, last_recorded_at) '
     'select o.run_id, o.project_id, p.role, ''running'', o.last_seq, o.last_hash, o.ended_at from o join '
     'hypermind.projects as p using (project_id)',
     '4 | run_heads | the head says running, the events say completed'),
    ('the last snapshot was changed',
     'update hypermind.run_state_snapshots set state = ''{"n": 2}'' where run_id = ENDED',
     '4 | run_state_snapshots | the snapshot at seq 4 does not fit its hash')
) as t (what, tampering, found);

-- A fork: its base state, and what it says of its parent.
select is(pg_temp.found('fork', t.tampering), replace(t.found, 'PARENT', :'run_id'), t.what)
from (values
    ('the base state was changed', 'update hypermind.run_state_snapshots set state = ''{}'' where run_id = FORK',
     '0 | run_state_snapshots | the snapshot at seq 0 does not fit its hash'),
    ('the base state was changed with its hash',
     'update hypermind.run_state_snapshots set state = ''{}'', state_hash = hypermind_private.salted_hash(salt, '
     '''{}'') where run_id = FORK',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the base state is gone', 'delete from hypermind.run_state_snapshots where run_id = FORK',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('it names another seq of its parent', 'update hypermind.runs set forked_at_seq = 3 where run_id = FORK',
     '1 | runs | the run''s row, its pins or its base state are not what run.created vouches for'),
    ('the parent''s event at the fork was replaced with its hash',
     'update hypermind.run_events set event_hash = sha256('''') where run_id = RUN and seq = 4',
     '1 | runs | the parent PARENT has another event at seq 4 than when it was forked'),
    ('the parent was cut off before the fork', 'delete from hypermind.run_events where run_id = RUN and seq >= 4',
     '1 | runs | the parent PARENT has another event at seq 4 than when it was forked'),
    ('the parent was changed after the fork',
     'update hypermind.run_events set event_hash = sha256('''') where run_id = RUN and seq = 5', 'valid'),
    ('the parent is gone', 'delete from hypermind.runs where run_id = RUN', 'valid')
) as t (what, tampering, found);

-- The whole chain written anew from a changed event on cannot be told from inside; the last hash, kept elsewhere, tells
-- it.
select is((select last_hash from hypermind.run_heads where run_id = :'run_id'),
          (select event_hash from hypermind.run_events where run_id = :'run_id' and seq = 7),
          'last_hash is that of the last event');

-- The first bad place is told: events before rows, in the order of seq.
select is(pg_temp.found('run_id',
                        'update hypermind.run_events set payload = ''{"x": 1}'' where run_id = RUN and seq in (3, 5)'),
                        '3 | run_events | event 3 (message.added) is not what was recorded',
          'the first bad seq is told');
select is(pg_temp.found('run_id',
                        'with r as (update hypermind.runs set owner = ''Bo'' where run_id = RUN) update '
                        'hypermind.run_events set payload = ''{"x": 1}'' where run_id = RUN and seq = 5'),
          '5 | run_events | event 5 (tool.called) is not what was recorded', 'the chain comes first');

-- Events that are there twice: the primary key must be broken for that. The same function over a table without one.
create table public.doubled as table hypermind.run_events;
create function pg_temp.read_from(p_table text, p_instead_of text) returns void language plpgsql as $$
begin
    execute replace(pg_get_functiondef('hypermind_private.unfit_event'::regproc), p_instead_of, p_table);
    execute replace(pg_get_functiondef('hypermind_private.chain_problem'::regproc), p_instead_of, p_table);
end
$$;
select pg_temp.read_from('public.doubled', 'hypermind.run_events');
select is_empty(format('select * from hypermind_private.chain_problem(%L)', :'run_id'), 'a copy of the events is as good');
insert into public.doubled select * from hypermind.run_events where run_id = :'run_id' and seq = 5;
select results_eq(format('select * from hypermind_private.chain_problem(%L)', :'run_id'),
                  $$ values (5::bigint, 'run_events', 'there are two events 5') $$, 'an event that is there twice is found');
update public.doubled set payload = '{"x": 1}' where run_id = :'run_id' and seq = 6;
select results_eq(format('select problem from hypermind_private.chain_problem(%L)', :'run_id'),
                  $$ values ('there are two events 5') $$, 'before what is wrong after it');
update public.doubled set payload = '{"x": 1}' where run_id = :'run_id' and seq = 4;
select results_eq(format('select problem from hypermind_private.chain_problem(%L)', :'run_id'),
                  $$ values ('event 4 (model.responded) is not what was recorded') $$, 'and after what is wrong before it');
delete from public.doubled where run_id = :'run_id' and seq in (2, 3);
select results_eq(format('select * from hypermind_private.chain_problem(%L)', :'run_id'),
                  $$ values (2::bigint, 'run_events', 'event 2 is missing') $$, 'the first of several that are missing is told');

select pg_temp.read_from('hypermind.run_events', 'public.doubled');

-- A period that was vacuumed while it was empty: the planner expects no row, and each event must not be looked for in all of them.
set local role alice;
select hypermind.create_run(project_id, 'chat') as long_run from hypermind.runs where run_id = :'run_id' \gset
select hypermind.append_events(
    :'long_run', (select jsonb_agg('{"event_type": "token.streamed"}'::jsonb) from generate_series(1, 1000)));
reset role;
update pg_class set reltuples = 0, relpages = 1000 where oid = (
    select e.tableoid from hypermind.run_events as e where e.run_id = :'long_run' limit 1);
create function pg_temp.rows_read() returns bigint language sql as $$
    select sum(coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0))::bigint
    from pg_stat_xact_all_tables as t
    where t.relname like 'run\_events\_p%'
$$;
select pg_temp.rows_read() as rows_read \gset
set local role alice;
select is(events, 1001::bigint, 'all events of a long run are looked at') from hypermind.verify_run(:'long_run');
reset role;
select cmp_ok(pg_temp.rows_read() - :rows_read, '<', 20000::bigint, 'each a few times, and not all for each');

-- Nothing of all that is left; and whom it answers.
set local role carol;
select is(valid, true, 'after all that, the run is what it was') from hypermind.verify_run(:'run_id');
select pg_temp.refuses(format('select hypermind.verify_run(%L)', t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
set local role bob;
prepare foreign_run as select hypermind.verify_run(:'run_id');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'a run of another project looks like an unknown one');

select * from finish();
rollback;
