-- hypermind_private.assert_revertible() and drop_periods(): no revert destroys recorded runs; and the assertions of the
-- verify scripts.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(32);

-- As the owner, who runs the revert scripts.
set local role hypermind_owner;
select lives_ok('select hypermind_private.assert_revertible()', 'a database without runs can be reverted');
reset role;
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as run_id \gset
reset role;
create function pg_temp.refused_revert(p_function text) returns text language sql as $function$
    select pg_temp.refuses(format('select hypermind_private.%s()', p_function), 'MH019',
                           'this database holds recorded runs: reverting would destroy them or what guards them',
                           '{"setting": "hypermind.allow_data_loss"}', format('with a run, %s() refuses', p_function))
$function$;
set local role hypermind_owner;
select pg_temp.refused_revert(f) from unnest('{assert_revertible, drop_periods}'::text[]) as f;
set local hypermind.allow_data_loss = 'off';
select pg_temp.refused_revert('assert_revertible');
set local hypermind.allow_data_loss = 'true';
select pg_temp.refused_revert('assert_revertible');
set local hypermind.allow_data_loss = 'on';
select lives_ok('select hypermind_private.assert_revertible()', 'the setting that says so lets it through');
select lives_ok('select hypermind_private.drop_periods()', 'and lets the periods be dropped');
reset hypermind.allow_data_loss;
select is((select count(*) from pg_class as c where c.relnamespace = 'hypermind_private'::regnamespace
           and c.relkind = 'r'), 0::bigint, 'all of them, with the runs');
select throws_ok('select hypermind_private.drop_periods()', 'MH019', null, 'runs that are archived are not there, but listed: that counts');
alter table hypermind.run_summaries disable trigger user;
delete from hypermind.run_summaries;
alter table hypermind.run_summaries enable always trigger run_summaries_kept;
alter table hypermind.run_summaries enable always trigger run_summaries_no_truncate;
select lives_ok('select hypermind_private.drop_periods()', 'without runs and periods there is nothing to refuse');
select is(hypermind.ensure_periods(1), 2, 'they can be made again');
select lives_ok('select hypermind_private.assert_guarded(''hypermind.runs'')', 'with their guards');

-- assert_guarded(), assert_table() and assert_function(), by what they say of something that is wrong.
create function pg_temp.says(p_damage text, p_check text) returns text language plpgsql as $function$
begin
    execute p_check;
    execute p_damage;
    execute p_check;
    raise exception 'nothing is wrong';
exception when others then
    return sqlerrm;
end
$function$;
select is(pg_temp.says(t.damage, 'select ' || t.function || '(' || t.arguments || ')'), t.message,
          format('%s: %s', split_part(t.function, '.', 2), t.message))
from (values
    ('alter table hypermind.run_events disable trigger run_events_no_truncate', 'hypermind_private.assert_guarded',
     '''hypermind.run_events''', 'hypermind.run_events: no guard that always fires against TRUNCATE'),
    ('alter table hypermind.run_heads add column x integer', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''', 'nothing is wrong'),
    ('alter table hypermind.config_labels add column x integer', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind.config_labels has the columns config_id, label, project_id, version, moves, x, not config_id, label, '
     'project_id, version, moves'),
    ('comment on column hypermind.config_labels.moves is null', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind.config_labels has a column without a comment'),
    ('alter table hypermind.config_labels force row level security', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind.config_labels must have row-level security enabled, not forced'),
    ('alter table hypermind.config_labels disable row level security', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind.config_labels must have row-level security enabled, not forced'),
    ('revoke select on hypermind.config_labels from hypermind_reader', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind_reader must be able to read hypermind.config_labels'),
    ('grant delete on hypermind.config_labels to hypermind_operator', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'hypermind_operator must not have delete on hypermind.config_labels'),
    ('grant trigger on hypermind.config_labels to public', 'hypermind_private.assert_table',
     '''hypermind.config_labels'', ''config_id, label, project_id, version, moves''',
     'public must not have trigger on hypermind.config_labels'),
    ('alter function hypermind.state_at(uuid, bigint) security invoker', 'hypermind_private.assert_function',
     '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'hypermind.state_at(uuid,bigint) must be SECURITY DEFINER'),
    ('alter function hypermind.schema_version() security definer', 'hypermind_private.assert_function',
     '''hypermind.schema_version()'', ''{hypermind_reader}''',
     'hypermind.schema_version() must not be SECURITY DEFINER'),
    ('alter function hypermind.state_at(uuid, bigint) set search_path = public', 'hypermind_private.assert_function',
     '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'hypermind.state_at(uuid,bigint) must pin search_path to pg_catalog, pg_temp, and set nothing else but its plan '
     'cache'),
    ('alter function hypermind.state_at(uuid, bigint) volatile', 'hypermind_private.assert_function',
     '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'hypermind.state_at(uuid,bigint) must have volatility s, not v'),
    ('comment on function hypermind.state_at(uuid, bigint) is null', 'hypermind_private.assert_function',
     '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'hypermind.state_at(uuid,bigint) has no comment'),
    ('grant execute on function hypermind.state_at(uuid, bigint) to public', 'hypermind_private.assert_function',
     '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'PUBLIC may call hypermind.state_at(uuid,bigint)'),
    ('revoke execute on function hypermind.state_at(uuid, bigint) from hypermind_reader',
     'hypermind_private.assert_function', '''hypermind.state_at(uuid, bigint)'', ''{hypermind_reader}'', true, ''s''',
     'hypermind_reader must be able to call hypermind.state_at(uuid,bigint)'),
    ('grant execute on function hypermind.take_snapshot(uuid, bigint) to hypermind_auditor',
     'hypermind_private.assert_function',
     '''hypermind.take_snapshot(uuid, bigint)'', ''{hypermind_writer}'', true, ''v''',
     'hypermind_auditor must not call hypermind.take_snapshot(uuid,bigint)')
) as t (damage, function, arguments, message);
reset role;
select is(pg_temp.says('alter table hypermind.config_labels owner to alice',
                       'select hypermind_private.assert_table(''hypermind.config_labels'', ''config_id, label, '
                       'project_id, version, moves'')'),
          'hypermind.config_labels must be owned by hypermind_owner',
          'assert_table: hypermind.config_labels must be owned by hypermind_owner');
select is(pg_temp.says('alter function hypermind.schema_version() owner to alice',
                       'select hypermind_private.assert_function(''hypermind.schema_version()'', '
                       '''{hypermind_reader}'')'),
          'hypermind.schema_version() must be owned by hypermind_owner, not by alice',
          'assert_function: hypermind.schema_version() must be owned by hypermind_owner');

-- schema_version().
set local role carol;
select is(hypermind.schema_version(), 1, 'this is version 1 of the schema');

select * from finish();
rollback;
