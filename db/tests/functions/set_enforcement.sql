-- hypermind.set_enforcement(): whether a project takes events of types without a contract.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(32);
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_b \gset
set local role alice;
select hypermind.append_event(:'run_id', 'free.word', '{"a": 1}',
                              p_event_id => '11111111-1111-4111-8111-111111111111') as ignored \gset
select '[{"event_type": "free.word", "event_id": "22222222-2222-4222-8222-222222222222"},
         {"event_type": "free.word", "event_id": "33333333-3333-4333-8333-333333333333"}]' as batch \gset
select hypermind.append_events(:'run_id', :'batch') as ignored \gset

-- By default, registered types are enforced and others pass.
select is((select p.enforcement from hypermind.projects as p where p.project_id = :'project_a'), 'known',
          'a project is made known');
select is(hypermind.append_event(:'run_id', 'custom.word', '{"a": 1}'), 6::bigint, 'it takes what has no contract');
select throws_ok(format('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'')', :'run_id'),
                 'MH006', null,
                 'and refuses what breaks one');

-- Strict: what has no contract is refused.
set local role oscar;
select lives_ok(format('select hypermind.set_enforcement(%L, ''strict'')', :'project_a'),
                'an operator makes it strict');
select is((select p.enforcement from hypermind.projects as p where p.project_id = :'project_a'), 'strict',
          'it is kept');
set local role alice;
select pg_temp.refuses(
    format(t.call, :'run_id'), 'MH020', t.prefix
    || format('events of type %s have no contract, and the project takes none without', t.type),
    jsonb_build_object('event_type', t.type) || t.more, t.what)
from (values
    ('select hypermind.append_event(%L, ''free.word'')', 'free.word', '', '{}'::jsonb,
     'an unknown type of the ledger is refused'),
    ('select hypermind.append_event(%L, ''custom.word'', p_event_id => gen_random_uuid())', 'custom.word', '', '{}',
     'so is one of the project, with an id of its own'),
    ('select hypermind.append_events(%L, ''[{"event_type": "message.added"}, {"event_type": "custom.word"}]'')',
     'custom.word',
     'event 2 of the batch: ', '{"event": 2}', 'and in a batch, where the error says which')
) as t (call, type, prefix, more, what);
select is(pg_temp.position_of(:'run_id'), 'running 6 6', 'refused events leave no trace and no gap');
select is(hypermind.append_event(:'run_id', 'message.added'), 7::bigint, 'what has a contract passes');
select is(hypermind.append_events(:'run_id', '[{"event_type": "message.added"}, {"event_type": "tool.called"}]'),
          9::bigint,
          'in a batch, too');
select is(hypermind.append_event(:'run_id', 'free.word', '{"a": 1}',
                                 p_event_id => '11111111-1111-4111-8111-111111111111'), 3::bigint,
          'a retry of what was taken before succeeds');
select is(hypermind.append_events(:'run_id', :'batch'), 5::bigint, 'so does that of a batch');
select throws_ok(format('select hypermind.append_event(%L, ''free.word'', ''{"a": 2}'', p_event_id => '
                        '''11111111-1111-4111-8111-111111111111'')', :'run_id'), 'MH005', null,
                        'with other content it is one of MH005');

-- A contract of another project's does not help; the own one does.
set local role bob;
select hypermind.register_event_type('custom.word', '{}', :'project_b') as ignored \gset
select is(hypermind.append_event(:'run_b', 'custom.word'), 2::bigint, 'another project has a contract of that name');
select is(hypermind.append_event(:'run_b', 'free.word'), 3::bigint, 'and is not strict itself');
set local role alice;
select throws_ok(format('select hypermind.append_event(%L, ''custom.word'')', :'run_id'), 'MH020', null,
                 'that does not help here');
select hypermind.register_event_type('custom.word', '{"required": ["a"]}', :'project_a') as ignored \gset
select is(hypermind.append_event(:'run_id', 'custom.word', '{"a": 1}'), 10::bigint, 'the own one does');
select throws_ok(format('select hypermind.append_event(%L, ''custom.word'')', :'run_id'), 'MH006', null,
                 'and is enforced');

-- What comes before.
select throws_ok(format('select hypermind.append_event(%L, ''free.word'', p_expected_seq => 1)', :'run_id'), 'MH003',
                 null,
                 'a stale expected_seq comes before');
select throws_ok(format('select hypermind.append_event(%L, ''free.word'', p_parent_seq => 99)', :'run_id'), 'MH012',
                 null,
                 'so does a parent_seq out of range');
set local role bob;
select pg_temp.refuses(format('select hypermind.append_event(%L, ''free.word'')', :'run_id'), 'MH001',
                       format('run %s does not exist', :'run_id'), jsonb_build_object('run_id', :'run_id'),
                       'to others the run is not there, and strict is nothing they learn');
set local role alice;

-- The database's own events always pass, even if a contract of theirs were missing.
reset role;
select hypermind_private.withdraw_contract('run.paused') as ignored \gset
set local role alice;
select is(hypermind.transition_run(:'run_id', 'paused'), 11::bigint,
          'a run of a strict project pauses without a contract');
select is(hypermind.transition_run(:'run_id', 'running'), 12::bigint, 'goes on');
select is(hypermind.transition_run(:'run_id', 'completed'), 13::bigint, 'and ends');

-- Back, and what is no enforcement.
set local role oscar;
select lives_ok(format('select hypermind.set_enforcement(%L, ''known'')', :'project_a'), 'it can be made known again');
select pg_temp.refuses(format('select hypermind.set_enforcement(%s)', t.arguments), t.code, t.message, t.detail, t.what)
from (values
    (format('%L, ''off''', :'project_a'), 'MH016', '''off'' is no enforcement', '{"argument": "p_enforcement"}'::jsonb,
     'off is not offered'),
    (format('%L, null', :'project_a'), 'MH016', 'NULL is no enforcement', '{"argument": "p_enforcement"}',
     'nor is nothing'),
    (format('%L, ''strict''', :'project_b'), 'MH015', format('project %s does not exist', :'project_b'),
     jsonb_build_object('project_id', :'project_b'), 'not for a project of others'),
    (format('%L, ''strict''', :'unknown_run'), 'MH015', format('project %s does not exist', :'unknown_run'),
     jsonb_build_object('project_id', :'unknown_run'), 'nor for none')
) as t (arguments, code, message, detail, what);
set local role alice;
select throws_ok(format('select hypermind.set_enforcement(%L, ''strict'')', :'project_a'), '42501',
                 'permission denied for function set_enforcement', 'a writer sets nothing');
reset role;
select throws_ok(format('select hypermind.set_enforcement(%L, ''strict'')', :'project_a'), 'MH015', null,
                 'nor does a superuser that is nobody in particular');

select * from finish();
rollback;
