-- hypermind.place_hold(), release_hold() and list_holds(): what is on hold, and who says so.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(66);
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset
select config_id as greeting from hypermind.config_entities where name = 'greeting' and project_id = :'project_a' \gset

-- A run of another project, and one of A that pinned the same version by its number.
set local role alice;
select hypermind.create_run(:'project_a', 'chat',
                            '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}') as by_number \gset
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_of_b \gset
reset role;
create temp table runs (name text, run_id uuid);
insert into runs values ('run', :'run_id'), ('ended', :'ended_run'), ('fork', :'fork'), ('number', :'by_number'),
                        ('of b', :'run_of_b');
create function pg_temp.held() returns text language sql as $function$
    select coalesce(string_agg(r.name, ', ' order by r.name), 'none') from pg_temp.runs as r
    where exists (select from hypermind_private.holds_on_run(r.run_id))
$function$;
select is(pg_temp.held(), 'none', 'at first, nothing is on hold');

-- On one run.
set local role oscar;
\set hold_id 22222222-2222-4222-8222-222222222222
select is(hypermind.place_hold(:'project_a', 'a dispute', :'run_id', p_hold_id => :'hold_id'), :'hold_id'::uuid,
          'a hold is placed on a run');
reset role;
select is(pg_temp.held(), 'run', 'and covers it, but no fork of it');
select results_eq(
    'select * from hypermind.holds',
    format($$ values (%L::uuid, %L::uuid, %L::uuid, null::uuid, null::integer, null, 'a dispute', 'oscar',
           '2040-01-02 03:04:05.678+00'::timestamptz) $$, :'hold_id', :'project_a', :'run_id'),
    'who placed it, when and why is on record');

-- Its retry, and the same id for something else.
set local role oscar;
select is(hypermind.place_hold(:'project_a', 'a dispute', :'run_id', p_hold_id => :'hold_id'), :'hold_id'::uuid,
          'a retry is the same hold');
select pg_temp.refuses(format('select hypermind.place_hold(%L, %L, %s, p_hold_id => %L)', t.project, t.reason, t.rest,
                              :'hold_id'),
                       'MH005', format('hold id %s is taken by another hold', :'hold_id'),
                       jsonb_build_object('hold_id', :'hold_id'), t.what)
from (values
    (:'project_a', 'another', quote_literal(:'run_id'), 'the id is refused with another reason'),
    (:'project_a', 'a dispute', quote_literal(:'ended_run'), 'for another run'),
    (:'project_a', 'a dispute', 'null', 'for the whole project'),
    (:'project_b', 'a dispute', 'null', 'and for another project'),
    (:'project_a', 'a dispute', 'null, ''prompt'', ''greeting'', 1', 'and for a version')
) as t (project, reason, rest, what);
select is(count(*), 1::bigint, 'nothing came of these') from hypermind.holds;

-- Released, twice.
select lives_ok(format('select hypermind.release_hold(%L, ''settled'')', :'hold_id'), 'a hold is released');
select lives_ok(format('select hypermind.release_hold(%L, ''settled again'')', :'hold_id'), 'and once more');
select results_eq(
    'select hold_id, project_id, reason, released_by, released_at from hypermind.hold_releases',
    format($$ values (%L::uuid, %L::uuid, 'settled', 'oscar', '2040-01-02 03:04:05.678+00'::timestamptz) $$,
           :'hold_id', :'project_a'),
    'who did it first is on record');
reset role;
select is(pg_temp.held(), 'none', 'the run is free');
set local role oscar;
select is(hypermind.place_hold(:'project_a', 'a dispute', :'run_id', p_hold_id => :'hold_id'), :'hold_id'::uuid,
          'a late retry of the placing succeeds');
reset role;
select is(pg_temp.held(), 'none', 'and leaves it released');

-- The other forms, one after the other.
create function pg_temp.covered_by(p_call text) returns text language plpgsql as $function$
declare
    v_held text;
begin
    perform set_config('role', 'oscar', true);
    execute 'select hypermind.place_hold(' || p_call || ')';
    perform set_config('role', 'none', true);
    v_held := pg_temp.held();
    raise exception using errcode = 'ZZ001', message = v_held;
exception when sqlstate 'ZZ001' then
    return sqlerrm;
end
$function$;
select is(pg_temp.covered_by(format(t.call, t.project)), t.covered, t.what)
from (values
    ('%L, ''why'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 1', :'project_a', 'number, run',
     'a version covers the runs that pinned it, by label or by number'),
    ('%L, ''why'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 2', :'project_a', 'fork',
     'another version others'),
    ('%L, ''why'', p_kind => ''prompt'', p_name => ''greeting'', p_label => ''production''', :'project_a', 'run',
     'a label covers those that pinned by it'),
    ('%L, ''why'', p_kind => ''tool'', p_name => ''search'', p_version => 1', :'project_a', 'fork, run',
     'a fork has its parent''s pins'),
    ('%L, ''why''', :'project_a', 'ended, fork, number, run', 'a project covers all its runs'),
    ('%L, ''why''', :'project_b', 'of b', 'whether the operator is a member of it or not')
) as t (call, project, covered, what);
set local role alice;
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 2) as ignored \gset
reset role;
select is(pg_temp.covered_by(format('%L, ''why'', p_kind => ''prompt'', p_name => ''greeting'', p_label => '
                                    '''production''', :'project_a')), 'run', 'where the label points now does not matter');

-- Two on one run: each holds.
set local role oscar;
select hypermind.place_hold(:'project_a', 'first', :'run_id') as first \gset
select hypermind.place_hold(:'project_a', 'second') as second \gset
select hypermind.release_hold(:'first', 'done') as ignored \gset
reset role;
select is(pg_temp.held(), 'ended, fork, number, run', 'the release of one leaves the other');
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as late_run \gset
reset role;
select isnt_empty(format('select hypermind_private.holds_on_run(%L)', :'late_run'), 'a later run is covered, too');

-- Lists.
set local role carol;
select results_eq('select hold_id, run_id, reason, placed_by, released_at from hypermind.list_holds()',
                  format($$ values (%L::uuid, null::uuid, 'second', 'oscar', null::timestamptz) $$, :'second'),
                  'a reader lists the holds in force');
select set_eq('select reason, release_reason, released_by from hypermind.list_holds(p_with_released => true)',
              $$ values ('a dispute', 'settled', 'oscar'), ('first', 'done', 'oscar'), ('second', null, null) $$,
              'and, if asked, those that are over');
select set_eq(format('select reason from hypermind.list_holds(p_run_id => %L)', :'fork'), $$ values ('second') $$,
              'or those that cover a run, whatever they name');
select set_eq(format('select reason from hypermind.list_holds(p_run_id => %L, p_with_released => true)', :'run_id'),
              $$ values ('a dispute'), ('first'), ('second') $$, 'also those that did');
select set_eq(format('select reason from hypermind.list_holds(%L)', :'project_a'), $$ values ('second') $$,
              'or those of a project');
set local role bob;
select is_empty('select * from hypermind.list_holds(p_with_released => true)', 'another project sees none of them');
select pg_temp.refuses(format('select * from hypermind.list_holds(%L)', :'project_a'), 'MH015',
                       format('project %s does not exist', :'project_a'),
                       jsonb_build_object('project_id', :'project_a'), 'and cannot ask for them');
select pg_temp.refuses(format('select * from hypermind.list_holds(p_run_id => %L)', :'run_id'), 'MH001',
                       format('run %s does not exist', :'run_id'), jsonb_build_object('run_id', :'run_id'),
                       'not by a run, either');
set local role audrey;
select is(count(*), 1::bigint, 'an auditor lists those of all projects') from hypermind.list_holds();
set local role oscar;
select hypermind.place_hold(:'project_b', 'in b', :'run_of_b') as ignored \gset
select is(pg_temp.refusal(format('select * from hypermind.list_holds(p_run_id => %L)', :'unknown_run')) ->> 'code', 'MH001',
          'an operator is told that there is no such run');
select set_eq('select reason from hypermind.list_holds()', $$ values ('second'), ('in b') $$,
              'and so does an operator');
select set_eq(format('select reason from hypermind.list_holds(%L)', :'project_b'), $$ values ('in b') $$,
              'or those of one that is not the own');
select set_eq(format('select kind, name, version, label from hypermind.list_holds(p_run_id => %L)', :'run_of_b'),
              $$ values (null, null, null::integer, null) $$, 'a hold on a run names no config');
select hypermind.place_hold(:'project_a', 'on a label', p_kind => 'prompt', p_name => 'greeting',
                            p_label => 'production') as ignored \gset
select set_eq($$ select kind, name, version, label from hypermind.list_holds() where reason = 'on a label' $$,
              $$ values ('prompt', 'greeting', null::integer, 'production') $$, 'one on a label does');

-- A hold on nothing.
select count(*) as holds from hypermind.holds \gset
select pg_temp.refuses(format('select hypermind.place_hold(%L, ''why'', p_run_id => %L)', :'project_a', t.run_id),
                       'MH001', format('run %s does not exist', t.run_id), jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (:'run_of_b', 'and one of another project than said'))
    as t (run_id, what);
select pg_temp.refuses(format('select hypermind.place_hold(%L, ''why'')', t.project), 'MH015',
                       format('project %s does not exist', coalesce(t.project, 'null')),
                       jsonb_build_object('project_id', t.project), t.what)
from (values (:'unknown_run', 'an unknown project is refused'), (null, 'and none at all')) as t (project, what);
select is(pg_temp.refusal(format('select hypermind.place_hold(%L, %s)', :'project_a', t.rest)) ->> 'code', t.code, t.what)
from (values
    ('''why'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 9', 'MH013', 'a version that is not there'),
    ('''why'', p_kind => ''prompt'', p_name => ''greeting'', p_label => ''x''', 'MH013', 'a label that is not there'),
    ('''why'', p_kind => ''prompt'', p_name => ''x'', p_version => 1', 'MH013', 'a config that is not there'),
    ('''why'', p_kind => ''x'', p_name => ''x'', p_version => 1', 'MH016', 'no kind of config'),
    ('null', 'MH016', 'no reason'),
    ('''''', 'MH016', 'an empty reason'),
    ('repeat(''x'', 2001)', 'MH016', 'a reason that is too long'),
    (format('''why'', %L, p_label => ''production''', :'run_id'), 'MH016', 'a run and a label'),
    ('''why'', p_kind => ''prompt'', p_name => ''greeting''', 'MH016', 'a config without version or label'),
    ('''why'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 1, p_label => ''production''', 'MH016',
     'a version and a label'),
    ('''why'', p_label => ''production''', 'MH016', 'a label of no config'),
    (format('''why'', %L, p_kind => ''prompt'', p_name => ''greeting'', p_version => 1', :'run_id'), 'MH016', 'a run and a version'),
    ('''why'', p_name => ''greeting''', 'MH016', 'a name of no kind'),
    ('''why'', p_kind => ''prompt'', p_name => ''greeting'', p_label => ''''', 'MH016', 'a label without a name'),
    ('''why'', p_kind => ''prompt'', p_version => 1', 'MH016', 'a config without a name')
) as t (rest, code, what);
select is(count(*)::text, :'holds', 'none of these is on record') from hypermind.holds;

-- A release of nothing.
select pg_temp.refuses(format('select hypermind.release_hold(%L, ''why'')', t.hold_id), 'MH028',
                       format('hold %s does not exist', coalesce(t.hold_id, 'null')),
                       jsonb_build_object('hold_id', t.hold_id), t.what)
from (values (:'unknown_run', 'an unknown hold is refused'), (null, 'and none at all')) as t (hold_id, what);
select is(pg_temp.refusal(format('select hypermind.release_hold(%L, %s)', :'second', t.reason)) ->> 'code', 'MH016', t.what)
from (values ('null', 'a release says why'), ('''''', 'in words')) as t (reason, what);

-- A superuser decides nothing without SET ROLE.
reset role;
select is(pg_temp.refusal(format('select hypermind.place_hold(%L, ''why'')', :'project_a')) ->> 'code', 'MH015',
          'a superuser places no hold');
select is(pg_temp.refusal(format('select hypermind.release_hold(%L, ''why'')', :'second')) ->> 'code', 'MH028',
          'and releases none');

select * from finish();
rollback;
