-- restore_rows() and finish_restore(): runs come back from an archive as they were, or not at all.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/old_month.psql
select plan(58);
\set archive aaaaaaaa-0000-4000-8000-000000000001

-- A run whose state is JSON's null.
select pg_temp.set_clock('2026-01-21 10:00+00') as ignored \gset
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_4 \gset
select hypermind.append_event(:'run_4', 'a.b', '{}', '[{"op": "replace", "path": "", "value": null}]') as ignored \gset
select hypermind.transition_run(:'run_4', 'failed') as ignored \gset
select hypermind.refresh_rollups() as ignored \gset
select is(hypermind.state_at(:'run_4'), 'null', 'a state may be null');
reset role;
select pg_temp.set_clock('2026-06-01 00:00+00') as ignored \gset

-- The rows of the month, as its files have them, before it goes.
create temp table saved as
select t.name, r.run_id, t.ord, pg_temp.rows_of(t.name, r.run_id) as rows
from unnest('{runs, run_events, run_outcomes, run_config_refs, run_state_snapshots, run_artifacts, erased_hashes}'::text[])
     with ordinality as t (name, ord),
     unnest(array[:'run_1', :'run_2', :'run_3', :'run_4']::uuid[]) as r (run_id);
grant all on saved to public;
create temp table digests as
select r.run_id, r.seq, encode((hypermind.resolve_replay_context(r.run_id, r.seq)).digest, 'hex') as digest
from (values (:'run_1'::uuid, 3), (:'run_1', 6), (:'run_2', 2)) as r (run_id, seq)
where false;
grant all on digests to public;
set local role oscar;
insert into digests
select r.run_id, r.seq, encode((hypermind.resolve_replay_context(r.run_id, r.seq)).digest, 'hex')
from (values (:'run_1'::uuid, 3), (:'run_1', 6), (:'run_2', 2)) as r (run_id, seq);

-- Restores runs, their rows changed before: by table, an SQL expression over a row r.item (jsonb). Returns what it is refused with,
-- or NULL; it is kept only then, and if p_keep.
create function pg_temp.restores(p_run_ids uuid[], p_table text, p_change text, p_keep boolean default false) returns jsonb
    language plpgsql as $function$
declare
    v_saved   record;
    v_rows    jsonb;
    v_message text;
    v_detail  text;
begin
    set constraints all deferred;
    for v_saved in
        select s.name, jsonb_agg(r.item) as rows
        from saved as s, jsonb_array_elements(s.rows) as r (item)
        where s.run_id = any (p_run_ids) and (p_keep or s.name <> 'erased_hashes')
        group by s.name, s.ord order by s.ord
    loop
        v_rows := v_saved.rows;
        if v_saved.name = p_table then
            execute format('select coalesce(jsonb_agg(x.item), ''[]'') from (select %s as item from jsonb_array_elements($1) as r (item)) as x '
                           'where x.item is not null', p_change)
            into v_rows using v_rows;
        end if;
        perform hypermind.restore_rows('aaaaaaaa-0000-4000-8000-000000000001', v_saved.name, v_rows);
    end loop;
    perform hypermind.finish_restore('aaaaaaaa-0000-4000-8000-000000000001', p_run_ids);
    set constraints all immediate;
    if not p_keep then
        raise exception 'accepted' using errcode = 'P0002';
    end if;
    return null;
exception
    when others then
        get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail;
        return jsonb_build_object('code', sqlstate, 'message', v_message,
                                  'detail', case when sqlstate like 'MH%' then v_detail::jsonb - '{archive_id, run_id}'::text[] end);
end
$function$;

select hypermind.set_retention_policy(null, 0, null, 0, 'at once') as ignored \gset
select hypermind.record_archive(:'archive', :'month', 's3://bucket/x', pg_temp.manifest(:'month')) as ignored \gset
select is(pg_temp.restores(array[:'run_1']::uuid[], '', '') #>> '{message}', format('run %s is not archived: it is here', :'run_1'),
          'a run that is here is not restored');
select hypermind.detach_period(:'month') as ignored \gset
select pg_temp.refuses(
    format('select hypermind.restore_rows(%L, ''runs'', ''[]'')', :'archive'), 'MH031',
    '2026-01 is detached, and its tables are still here', '{"period": "2026-01-01", "state": "detached"}', 'a detached month is attached');
select is(pg_temp.refusal(format('select hypermind.finish_restore(%L, ''{}'')', :'archive')) ->> 'code', 'MH031', 'not restored');
select hypermind.drop_period(:'month') as ignored \gset

-- What cannot be right.
select is(pg_temp.refusal(format('select hypermind.restore_rows(%s, %s, %s)', t.archive, t.table_name, t.rows)) ->> 'code', t.code, t.what)
from (values
    ('gen_random_uuid()', '''runs''', '''[]''', 'MH016', 'an archive that does not exist'),
    ('null', '''runs''', '''[]''', 'MH016', 'no archive'),
    (format('%L', :'archive'), '''run_heads''', '''[]''', 'MH016', 'a table that is not restored'),
    (format('%L', :'archive'), '''run_summaries''', '''[]''', 'MH016', 'nor another'),
    (format('%L', :'archive'), 'null', '''[]''', 'MH016', 'no table'),
    (format('%L', :'archive'), '''runs''', '''{}''', 'MH016', 'no array'),
    (format('%L', :'archive'), '''runs''', 'null', 'MH016', 'no rows'),
    (format('%L', :'archive'), '''runs''', '''[{}]''', 'MH029', 'a row of no run'),
    (format('%L', :'archive'), '''runs''', '''[1]''', 'MH029', 'a row that is no object'),
    (format('%L', :'archive'), '''runs''', '''[{"run_id": "x"}]''', 'MH029', 'a run id that is none'),
    (format('%L', :'archive'), '''runs''', format('''[{"run_id": %s, "project_id": [1]}]''', to_jsonb(:'run_1'::text)), 'MH029',
     'a project id that is none'),
    (format('%L', :'archive'), '''runs''', format('''[{"run_id": %s, "project_id": %s, "created_at": "never"}]''', to_jsonb(:'run_1'::text),
                                                  to_jsonb(:'project_a'::text)), 'MH029', 'a time that is none'),
    (format('%L', :'archive'), '''runs''', format('''[{"run_id": %s}]''', to_jsonb(:'unknown_run'::text)), 'MH029', 'a run that it does not have'),
    (format('%L', :'archive'), '''run_events''', format('''[{"run_id": %s}]''', to_jsonb(:'run_1'::text)), 'MH029',
     'an event whose run did not come first')
) as t (archive, table_name, rows, code, what);
select is(pg_temp.refusal(format('select hypermind.finish_restore(%L, array[%L]::uuid[])', :'archive', :'run_1')) ->> 'code', 'MH016',
          'a restore that nobody began');

-- A row that is not what it was is found, whichever it is, and nothing of it is kept.
select is(pg_temp.restores(array[:'run_1']::uuid[], t.table_name, t.change) - 'detail', jsonb_build_object('code', t.code, 'message',
              case when t.code = 'MH029' then format(t.message, :'run_1') else t.message end),
          t.what)
from (values
    ('', '', 'P0002', 'accepted', 'as it was, it would be accepted'),
    ('run_events', 'case when r.item ->> ''seq'' = ''3'' then r.item || ''{"payload": {"role": "user", "content": "kiwi"}}'' else r.item end',
     'MH029', 'run %s is not what was archived: event 3 (message.added) is not what was recorded', 'a payload'),
    ('run_events', 'case when r.item ->> ''seq'' = ''3'' then r.item || ''{"cost": 0.01250}'' else r.item end',
     'MH029', 'run %s is not what was archived: event 3 (message.added) is not what was recorded', 'a digit of a cost'),
    ('run_events', 'case when r.item ->> ''seq'' = ''3'' then r.item || ''{"payload": null, "salt": null, "state_delta": null}'' else r.item end',
     'MH029', 'run %s is not what was archived: the content of event 3 (message.added) is gone, and no erasure says so', 'content'),
    ('runs', 'r.item || ''{"owner": "eve"}''', 'MH029',
     'run %s is not what was archived: the run''s row, its pins or its base state are not what run.created vouches for', 'the owner'),
    ('run_config_refs', 'r.item || ''{"label": null}''', 'MH029',
     'run %s is not what was archived: the run''s row, its pins or its base state are not what run.created vouches for', 'a pin'),
    ('run_config_refs', 'null::jsonb', 'MH029',
     'run %s is not what was archived: the run''s row, its pins or its base state are not what run.created vouches for', 'no pin'),
    ('run_outcomes', 'r.item || ''{"cost": 1}''', 'MH029',
     'run %s is not what was archived: the outcome is not what the final event vouches for', 'the outcome'),
    ('run_outcomes', 'null::jsonb', 'MH029', 'run %s is not what was archived: the run has neither a head nor an outcome', 'no outcome')
) as t (table_name, change, code, message, what);
select is(pg_temp.restores(array[:'run_1']::uuid[], t.table_name, t.change) ->> 'code', 'MH029', t.what)
from (values
    ('run_events', 'case when (r.item ->> ''seq'')::int < (select last_seq from hypermind.archive_runs where run_id = (r.item ->> ''run_id'')::uuid) then r.item end',
     'a tail that is cut'),
    ('run_artifacts', 'r.item || ''{"uri": "s3://elsewhere"}''', 'an artifact'),
    ('run_artifacts', 'null::jsonb', 'no artifact'),
    ('run_state_snapshots', 'r.item || ''{"state": {}}''', 'a state'),
    ('run_events', 'r.item || ''{"event_hash": null}''', 'an event without its hash'),
    ('run_events', 'r.item || ''{"seq": "x"}''', 'a seq that is no number'),
    ('run_config_refs', format('r.item || ''{"project_id": %s}''', to_jsonb(:'project_b'::text)), 'a row in another project'),
    ('run_events', format('r.item || ''{"run_id": %s}''', to_jsonb(:'run_2'::text)), 'of another run')) as t (table_name, change, what);
select is(pg_temp.restores(array[:'run_1']::uuid[], 'run_events', 'r.item') ->> 'code', 'P0002', 'what is the same is accepted');
reset role;
select is((select count(*) from hypermind.runs where run_id = :'run_1'), 0::bigint, 'nothing of all that was kept');

-- A run that verifies, but is another than the one that was archived.
select last_hash as kept from hypermind.archive_runs where run_id = :'run_1' \gset
alter table hypermind.archive_runs disable trigger user;
update hypermind.archive_runs set last_hash = sha256('another') where run_id = :'run_1';
set local role oscar;
select is(pg_temp.restores(array[:'run_1']::uuid[], '', ''), jsonb_build_object('code', 'MH029',
              'message', format('run %s is not what was archived: its chain ends elsewhere than that of the run that was archived', :'run_1'),
              'detail', '{"table": "run_outcomes", "seq": null, "problem": "its chain ends elsewhere than that of the run that was archived"}'::jsonb),
          'a run that fits in itself, and not the archive');
reset role;
update hypermind.archive_runs set last_hash = :'kept' where run_id = :'run_1';
alter table hypermind.archive_runs enable always trigger archive_runs_append_only;
alter table hypermind.archive_runs enable always trigger archive_runs_no_truncate;

-- Every row comes once.
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.restore_rows(%L, ''runs'', %L)', :'archive', s.rows || s.rows)) ->> 'message',
          'rows of runs are there already', 'a row that is given twice')
from saved as s where s.name = 'runs' and s.run_id = :'run_1';
reset role;

-- One that was not finished cannot be committed.
set local role oscar;
select is(pg_temp.refusal($$ do $do$ begin
    perform hypermind.restore_rows('aaaaaaaa-0000-4000-8000-000000000001', 'runs', s.rows) from saved as s where s.name = 'runs';
    set constraints all immediate;
end $do$ $$) ->> 'code', 'MH029', 'a restore that is not finished is not kept');

-- One run, then the others.
select is(pg_temp.restores(array[:'run_1']::uuid[], '', '', true), null, 'one run comes back');
select is((select archive_id from hypermind.run_summaries where run_id = :'run_1'), null, 'it is here again');
select is((select archive_id from hypermind.run_summaries where run_id = :'run_2'), :'archive'::uuid, 'its fork is not');
select is(encode((hypermind.resolve_replay_context(d.run_id, d.seq)).digest, 'hex'), d.digest,
          format('its replay context at seq %s has the digest that it had', d.seq))
from digests as d where d.run_id = :'run_1';
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a',
                                 overlay(:'run_1'::text placing '000000000001' from 25))) ->> 'code', 'MH031', 'its month still takes no new runs');
select is(hypermind.state_at(:'run_1'), '{"a": [1.10, 2]}', 'its state is as it was');
set local role bob;
select is((select count(*) from hypermind.run_events where run_id = :'run_1'), 0::bigint, 'row-level security holds for it');
set local role oscar;
select is(pg_temp.restores(array[:'run_1']::uuid[], '', '') ->> 'code', 'MH016', 'a second time it is here already');
select events as ignored from hypermind.erase_run(:'run_2', 'while it is away') \gset
select is(pg_temp.restores(array[:'run_2', :'run_3', :'run_4']::uuid[], '', '', true), null, 'the others come back');
reset role;
select is_empty('select * from hypermind.check_integrity()', 'and nothing is wrong');
select is((select state from hypermind.run_state_snapshots where run_id = :'run_4' order by seq desc limit 1), 'null'::jsonb,
          'a null in JSON is not a NULL');
select is((select count(*) from hypermind.run_events where run_id = :'run_2' and (payload is not null or salt is not null)), 0::bigint,
          'what was erased while it was away is erased');
select is((select string_agg(m.action, ' ' order by m.move) from hypermind.period_moves as m), 'detached dropped attached',
          'with the last run the month is back');
set local role oscar;
select isnt(hypermind.create_run(:'project_a', 'chat', p_run_id => (overlay(:'run_1'::text placing '000000000001' from 25))::uuid), null,
            'and takes new runs');

-- Who may.
set local role alice;
select is(pg_temp.refusal(format('select hypermind.%s', t.call)) ->> 'code', '42501', t.call || ' is not for writers')
from (values ('restore_rows(gen_random_uuid(), ''runs'', ''[]'')'), ('finish_restore(gen_random_uuid(), ''{}'')')) as t (call);

select * from finish();
rollback;
