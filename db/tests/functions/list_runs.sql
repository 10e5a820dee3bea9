-- hypermind.list_runs(): which runs there are, by every filter, page by page.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/reading.psql
select plan(68);
select format('r6 r5 %s r2 r1', :'tie') as all_of_a, format('r6 r5 b1 %s r2 r1', :'tie') as all_of_both \gset

set local role alice;
select is(pg_temp.listed('list_runs', ''), :'all_of_a', 'without a filter: all runs of the caller''s projects, newest first');

-- Each filter: what is there, and what is not.
select is(pg_temp.listed('list_runs', t.arguments), replace(t.expected, 'TIE', :'tie'), t.arguments)
from (values
    (1, format('p_project_id => %L', :'project_a'), 'r6 r5 TIE r2 r1'),
    (2, 'p_workspace => ''lab''', 'r6 r5 TIE r2 r1'),
    (3, 'p_workspace => ''no such''', ''),
    (4, format('%L, ''lab''', :'project_a'), 'r6 r5 TIE r2 r1'),
    (5, 'p_status => ''completed''', 'r1'),
    (6, 'p_status => ''failed''', 'r2'),
    (7, 'p_status => ''cancelled''', 'r6'),
    (8, 'p_status => ''queued''', 'r4'),
    (9, 'p_status => ''running''', 'r3'),
    (10, 'p_status => ''paused''', 'r5'),
    (11, 'p_mode => ''chat''', 'r3 r1'),
    (12, 'p_mode => ''compare''', ''),
    (13, 'p_agent => ''helper''', 'r6 r1'),
    (14, 'p_agent => ''nobody''', ''),
    (15, 'p_model => ''model-1''', 'r1'),
    (16, 'p_model => ''model-2''', ''),
    (17, 'p_owner => ''Ada''', 'TIE r1'),
    (18, 'p_owner => ''ada''', ''),
    (19, 'p_tags => ''{x}''', 'r2 r1'),
    (20, 'p_tags => ''{y}''', 'r4 r1'),
    (21, 'p_tags => ''{y, x}''', 'r1'),
    (22, 'p_tags => ''{x, z}''', ''),
    (23, 'p_tags => ''{}''', 'r6 r5 TIE r2 r1'),
    (24, 'p_tool => ''search''', 'r3 r2'),
    (25, 'p_tool => ''grep''', 'r2'),
    (26, 'p_tool => ''none''', ''),
    (27, 'p_config_kind => ''prompt'', p_config_name => ''greeting''', 'r6 TIE'),
    (28, 'p_config_kind => ''prompt'', p_config_name => ''greeting'', p_config_version => 1', 'r6 r3'),
    (29, 'p_config_kind => ''prompt'', p_config_name => ''greeting'', p_config_version => 3', ''),
    (30, 'p_config_kind => ''tool'', p_config_name => ''greeting''', ''),
    (31, format('p_parent_run_id => %L', pg_temp.id_of('r1')), 'r6'),
    (32, format('p_parent_run_id => %L', pg_temp.id_of('r2')), 'r5'),
    (33, format('p_parent_run_id => %L', :'unknown_run'), ''),
    (34, 'p_from => ''2040-01-03 10:00+00''', 'r6 r5 TIE'),
    (35, 'p_from => ''2040-01-03 10:00:00.001+00''', 'r6 r5'),
    (36, 'p_to => ''2040-01-03 10:00+00''', 'r2 r1'),
    (37, 'p_from => ''2039-12-01 00:00+00'', p_to => ''2040-01-03 10:00:00.001+00''', 'TIE r2'),
    (38, 'p_from => ''2040-01-01 00:00+00'', p_to => ''2039-01-01 00:00+00''', ''),
    (39, 'p_from => ''-infinity'', p_to => ''infinity''', 'r6 r5 TIE r2 r1'),
    -- Together.
    (40, 'p_status => ''failed'', p_owner => ''Bob'', p_mode => ''workflow'', p_tags => ''{x}'', p_tool => ''grep''', 'r2'),
    (41, 'p_status => ''failed'', p_owner => ''Ada''', ''),
    (42, 'p_status => ''running'', p_tool => ''search''', 'r3'),
    (43, 'p_status => ''queued'', p_tool => ''search''', ''),
    (44, 'p_status => ''running'', p_mode => ''chat''', 'r3'),
    (45, 'p_tool => ''search'', p_config_kind => ''prompt'', p_config_name => ''greeting''', 'r3'),
    (46, 'p_status => ''cancelled'', p_config_kind => ''prompt'', p_config_name => ''greeting'', p_config_version => 1',
     'r6'),
    (47, 'p_agent => ''helper'', p_model => ''model-1'', p_owner => ''Ada'', p_tags => ''{y}'', '
         'p_to => ''2040-01-01 00:00+00''', 'r1'),
    (48, 'p_owner => ''Ada'', p_limit => 1', split_part(:'tie', ' ', 1))
) as t (ord, arguments, expected)
order by t.ord;

-- Pages.
select is(pg_temp.listed('list_runs', '', n), :'all_of_a',
          format('page by page, %s rows each, across months: nothing twice, nothing lost', n))
from generate_series(1, 3) as n;
select is(pg_temp.listed('list_runs', 'p_tags => ''{x}''', 1), 'r2 r1', 'pages of a filter');
select is(pg_temp.listed('list_runs', 'p_tool => ''search''', 1), 'r3 r2', 'and of one that looks for events');

-- What a row holds.
select results_eq(
    'select project_id, workspace, project, mode, agent, model, owner, tags, title, status, last_seq, created_at, '
    'ended_at, duration, events, input_tokens, output_tokens, cost, parent_run_id, forked_at_seq, archive_id, location, cursor '
    'from hypermind.list_runs(p_status => ''completed'')',
    format($$ values (%L::uuid, 'lab', 'a', 'chat', 'helper', 'model-1', 'Ada', '{x,y}'::text[], 'First', 'completed', 4::bigint,
                      '2039-11-10 10:00:00+00'::timestamptz, '2039-11-10 10:00:02+00'::timestamptz, interval '2 seconds',
                      4::bigint, 10::bigint, 5::bigint, 0.5, null::uuid, null::bigint, null::uuid, null, 'list_runs:' || %L) $$,
           :'project_a', pg_temp.id_of('r1')),
    'a closed run: as run_overview has it, with its title and cursor');
select results_eq(
    'select status, last_seq, ended_at, duration, events, input_tokens, output_tokens, cost, title '
    'from hypermind.list_runs(p_status => ''running'')',
    $$ values ('running', 3::bigint, null::timestamptz, interval '5 seconds', 3::bigint, null::bigint, null::bigint,
               null::numeric, null) $$,
    'an open run: its duration so far, and no totals');
select results_eq('select parent_run_id, forked_at_seq from hypermind.list_runs(p_status => ''paused'')',
                  format('values (%L::uuid, 2::bigint)', pg_temp.id_of('r2')), 'a fork names its parent');

-- Whose runs.
set local role bob;
select is(pg_temp.listed('list_runs', ''), 'b1', 'another project''s writer sees that project''s');
set local role audrey;
select is(pg_temp.listed('list_runs', ''), :'all_of_both', 'an auditor sees all, in one order');
select is(pg_temp.listed('list_runs', 'p_tags => ''{x}'''), 'b1 r2 r1', 'by tags, too');
select is(pg_temp.listed('list_runs', 'p_tool => ''search''', 1), 'b1 r3 r2', 'by tool and page, too');
select is(pg_temp.listed('list_runs', 'p_config_kind => ''prompt'', p_config_name => ''greeting'', p_config_version => 1', 2),
          'r6 b1 r3', 'and by the configs of that name');
set local role nobody_special;
select throws_ok('select * from hypermind.list_runs()', '42501', null, 'who is no reader may not ask');

-- Refusals.
set local role alice;
select pg_temp.refuses(format('select * from hypermind.list_runs(%L)', t.id), 'MH015',
                       format('project %s does not exist', t.id), jsonb_build_object('project_id', t.id), t.what)
from (values (:'project_b', 'a project of others is refused'),
             (:'unknown_run', 'an unknown one in the same words')) as t (id, what);
select is(
    (select string_agg(coalesce(pg_temp.refusal(format('select * from hypermind.list_runs(%s)', t.arguments)) ->> 'code',
                                'taken'), ' ' order by t.ord)
     from unnest(array[
         'p_limit => 0', 'p_limit => 1001', 'p_limit => null', 'p_status => ''done''', 'p_mode => ''x''', 'p_tags => ''{""}''',
         'p_config_name => ''greeting''', 'p_config_version => 1', 'p_config_kind => ''x'', p_config_name => ''y''',
         'p_cursor => ''''', 'p_cursor => ''list_runs:''', 'p_cursor => ''activity:' || :'unknown_run' || '''',
         'p_cursor => ''list_runs:' || :'unknown_run' || ' or true''', 'p_cursor => repeat(''x'', 1000000)']) with ordinality
         as t (arguments, ord)),
    'MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016 MH016',
    'arguments that can mean nothing are refused, and so are cursors of others');
select is(pg_temp.refusal(format('select * from hypermind.list_runs(%s)', t.arguments)) #>> '{detail, argument}', 'p_config_name', t.arguments)
from (values ('p_config_kind => ''prompt'''), ('p_config_name => ''greeting''')) as t (arguments);

select * from finish();
rollback;
