-- hypermind.state_at() and diff_state(): the state after every step, and what changed between two.
-- The folds themselves are in fold_state.sql, RFC 6902's cases in json_patch.sql, the diff's in json_diff.sql.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(38);
set local role alice;
select hypermind.append_event(:'run_id', 'a.b', '{}', t.delta) as ignored
from unnest(array['{"messages": [], "user": {"name": "Ada", "age": null}}',
                  '[{"op": "add", "path": "/messages/-", "value": "Hello"}]', null,
                  '[{"op": "replace", "path": "/user/name", "value": "Bo"}, {"op": "copy", "from": "/messages/0", '
                  '"path": "/messages/-"}]',
                  '{"user": {"name": null, "id": 1}}', '[{"op": "replace", "path": "", "value": [1, 2]}]',
                  '[{"op": "remove", "path": "/0"}]',
                  '{"a": {"b": null, "c": 1}}',
                  '[{"op": "move", "from": "/a/c", "path": "/a~1b"}, {"op": "test", "path": "/a", "value": '
                  '{}}]']::jsonb[]) with ordinality as t (delta, ord)
order by t.ord offset 8 \gset

create temp table states (seq bigint, state jsonb);
insert into states values
    (0, '{}'), (1, '{}'), (2, '{}'),
    (3, '{"messages": [], "user": {"name": "Ada"}}'),
    (4, '{"messages": ["Hello"], "user": {"name": "Ada"}}'),
    (5, '{"messages": ["Hello"], "user": {"name": "Ada"}}'),
    (6, '{"messages": ["Hello", "Hello"], "user": {"name": "Bo"}}'),
    (7, '{"messages": ["Hello", "Hello"], "user": {"id": 1}}'),
    (8, '[1, 2]'),
    (9, '[2]'),
    (10, '{"a": {"c": 1}}'),
    (11, '{"a": {}, "a/b": 1}');
select is(hypermind.state_at(:'run_id', s.seq), s.state, format('the state at seq %s', s.seq)) from states as s
order by s.seq;
select is(hypermind.state_at(:'run_id'), '{"a": {}, "a/b": 1}', 'the last state, unasked');

-- From any snapshot, every state is the same.
select count(hypermind.take_snapshot(:'run_id', n)) as ignored from unnest('{2, 5, 6, 8, 9}'::bigint[]) as n \gset
select is_empty(format('select s.seq from states as s where hypermind.state_at(%L, s.seq) is distinct from s.state',
                       :'run_id'), 'snapshots change no state');

-- Differences, in both directions.
select is(hypermind.diff_state(:'run_id', t.a, t.b), t.difference::jsonb, format('from seq %s to %s', t.a, t.b))
from (values
    (0, 0, '[]'), (0, 2, '[]'), (4, 5, '[]'),
    (2, 3, '[{"op": "add", "path": "/messages", "value": []}, {"op": "add", "path": "/user", "value": {"name": '
           '"Ada"}}]'),
    (3, 4, '[{"op": "add", "path": "/messages/-", "value": "Hello"}]'),
    (4, 3, '[{"op": "remove", "path": "/messages/0"}]'),
    (5, 6, '[{"op": "add", "path": "/messages/-", "value": "Hello"}, {"op": "replace", "path": "/user/name", "value": '
           '"Bo"}]'),
    (7, 8, '[{"op": "replace", "path": "", "value": [1, 2]}]'),
    (10, 11, '[{"op": "remove", "path": "/a/c"}, {"op": "add", "path": "/a~1b", "value": 1}]')
) as t (a, b, difference);
select is(hypermind.diff_state(:'run_id', 10, null), hypermind.diff_state(:'run_id', 10, 11),
          'null stands for the last seq');
select is(hypermind.diff_state(:'run_id', null, 10), hypermind.diff_state(:'run_id', 11, 10), 'on either side');
reset role;
create temp table differences as select a.seq as a, b.seq as b, a.state as from_state, b.state as to_state
from states as a cross join states as b;
alter table differences add difference jsonb;
grant select, update on differences to alice;
set local role alice;
update differences set difference = hypermind.diff_state(:'run_id', a, b);
reset role;
select is((select count(*) from differences where hypermind_private.json_patch(from_state, difference) is not distinct
           from to_state), 144::bigint,
          'a difference turns the one state into the other, whichever two');
set local role alice;

-- What is out of range, unknown, or of others.
select pg_temp.refuses(format('select hypermind.%s', replace(t.call, 'RUN', quote_literal(:'run_id'))), 'MH012',
                       format('seq %s is out of range: run %s has 0 to 11', t.seq, :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'seq', t.seq, 'first_seq', 0, 'last_seq', 11),
                       format('%s is out of range', t.call))
from (values ('state_at(RUN, -1)', -1), ('state_at(RUN, 12)', 12), ('diff_state(RUN, -1, 1)', -1),
      ('diff_state(RUN, 1, 12)', 12)) as t (call, seq);
select pg_temp.refuses(format('select hypermind.%s(%L%s)', f.name, t.run_id, f.arguments), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), format('%s: %s', f.name, t.what))
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what),
    (values ('state_at', ''), ('diff_state', ', 99, 99')) as f (name, arguments);
set local role bob;
select pg_temp.refuses(format('select hypermind.%s(%L%s)', f.name, :'run_id', f.arguments), 'MH001',
                       format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), format('%s: one of another project in the same words',
                           f.name))
from (values ('state_at', ''), ('diff_state', ', 99, 99')) as f (name, arguments);
set local role carol;
select is(hypermind.state_at(:'run_id', 4), '{"messages": ["Hello"], "user": {"name": "Ada"}}',
          'a reader of the project reads states');
set local role audrey;
select is(hypermind.state_at(:'run_id', 9), '[2]', 'so does an auditor');

select * from finish();
rollback;
