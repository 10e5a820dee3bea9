-- Contracts at the append: what breaks one is refused, what meets one records which, and the columns that it fills.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(88);
set local role bob;
select hypermind.register_event_type('custom.order', '{"required": ["of_b"]}', :'project_b') as ignored \gset
select hypermind.create_run(:'project_b', 'chat') as run_b \gset
set local role alice;
select '{"type": "object", "required": ["id"],
         "properties": {"id": {"type": "integer", "minimum": 1}, "code": {"type": "string", "pattern": "^[A-Z]+$"},
                        "items": {"type": "array", "items": {"type": "object", "required": ["sku"]}}}}' as schema \gset
\set columns '{"model": "m", "tool": "t", "input_tokens": "in", "output_tokens": "out", "cost": "c"}'
select hypermind.append_event(:'run_id', 'custom.order', '{"before": "any contract"}',
                              p_event_id => '00000000-0000-4000-8000-000000000001') as ignored \gset
select hypermind.register_event_type('custom.order', :'schema', :'project_a', :'columns', 'all') as ignored \gset

-- A payload that breaks the contract.
\set broken '{"id": 0, "code": "a", "items": [{"sku": 1}, {}]}'
prepare broken as select hypermind.append_event(:'run_id', 'custom.order', :'broken');
select is(
    pg_temp.refusal('broken'),
    '{"code": "MH006", "hint": true,
      "message": "the payload of custom.order breaks version 1 of its contract: /id must be at least 1 (and 2 more)",
      "detail": {"subject": "custom.order", "version": 1, "count": 3, "violations": [
          {"pointer": "/id", "rule": "/properties/id/minimum", "keyword": "minimum", "message": "must be at least 1"},
          {"pointer": "/code", "rule": "/properties/code/pattern", "keyword": "pattern",
           "message": "must match the pattern"},
          {"pointer": "/items/1", "rule": "/properties/items/items/required", "keyword": "required",
           "message": "must have the members sku"}]}}'::jsonb,
    'a payload that breaks three rules is refused with all three, each by its JSON Pointer');
prepare broken_with_id as
    select hypermind.append_event(:'run_id', 'custom.order', :'broken',
                                  p_event_id => '00000000-0000-4000-8000-000000000009');
select is(pg_temp.refusal('broken_with_id'), pg_temp.refusal('broken'), 'so is one with an id of its own');
prepare broken_in_batch as
    select hypermind.append_events(:'run_id', jsonb_build_array(
        '{"event_type": "message.added"}'::jsonb, jsonb_build_object('event_type', 'custom.order', 'payload',
                                                                     :'broken'::jsonb)));
select is(pg_temp.refusal('broken_in_batch'),
          jsonb_set(jsonb_set(pg_temp.refusal('broken'), '{message}',
                              to_jsonb('event 2 of the batch: ' || (pg_temp.refusal('broken') ->> 'message'))),
                    '{detail,event}', '2'),
          'in a batch the error says which event it is');
prepare broken_batch_with_ids as
    select hypermind.append_events(:'run_id', jsonb_build_array(jsonb_build_object(
        'event_type', 'custom.order', 'payload', :'broken'::jsonb, 'event_id',
        '00000000-0000-4000-8000-000000000009')));
select is(pg_temp.refusal('broken_batch_with_ids') - 'message' #- '{detail,event}',
          pg_temp.refusal('broken') - 'message',
          'so does one with ids');
select is(pg_temp.position_of(:'run_id'), 'running 3 3', 'refused payloads write nothing and use no seq');
select is((select jsonb_array_length(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.order'', %L)',
                                                            :'run_id',
              jsonb_build_object('id', 1, 'items', (select jsonb_agg('{}'::jsonb)
                                                    from generate_series(1, 60))))) #> '{detail,violations}')),
          50, 'of many violations fifty are named');

-- One that meets it: which version is recorded, and what it fills.
select is(hypermind.append_event(:'run_id', 'custom.order',
                                 '{"id": 1, "m": "model-1", "t": "search", "in": 12, "out": 3.0, "c": 0.0100}'),
                                 4::bigint,
          'a payload that meets the contract is taken, the next seq is the next');
select results_eq(
    format($$ select contract_version, text_rule::integer, model, tool, input_tokens, output_tokens, cost::text
           from hypermind.run_events where run_id = %L and seq = 4 $$, :'run_id'),
    $$ values (1, 3, 'model-1', 'search', 12::bigint, 3::bigint, '0.0100') $$,
    'it records the version and the text rule, and its members fill the columns');
select hypermind.append_event(:'run_id', 'custom.order',
                              '{"id": 1, "m": "model-1", "t": "search", "in": 12, "out": 3, "c": 1}',
                              p_model => 'model-2', p_tool => 'find', p_input_tokens => 0, p_output_tokens => 7,
                              p_cost => 0) as ignored \gset
select results_eq(
    format($$ select model, tool, input_tokens, output_tokens, cost from hypermind.run_events where run_id = %L
           and seq = 5 $$, :'run_id'),
    $$ values ('model-2', 'find', 0::bigint, 7::bigint, 0::numeric) $$, 'what the client says itself wins');
select hypermind.append_event(:'run_id', 'custom.order',
                              '{"id": 1, "m": null, "t": null, "in": null, "out": null, "c": null}') as ignored
\gset
select hypermind.append_event(:'run_id', 'custom.order', '{"id": 1}') as ignored \gset
select is_empty(
    format($$ select from hypermind.run_events where run_id = %L and seq in (6, 7)
              and num_nonnulls(model, tool, input_tokens, output_tokens, cost) > 0 $$, :'run_id'),
    'null and nothing fill nothing');
select is(hypermind.append_events(:'run_id', '[
    {"event_type": "custom.order",
     "payload": {"id": 1, "m": "model-1", "t": "search", "in": 12, "out": 3.0, "c": 0.0100}},
    {"event_type": "custom.order", "payload": {"id": 1, "m": "model-1", "t": "search", "in": 12, "out": 3, "c": 1},
     "model": "model-2", "tool": "find", "input_tokens": 0, "output_tokens": 7, "cost": 0},
    {"event_type": "custom.order", "payload": {"id": 1, "m": null}},
    {"event_type": "free.word", "payload": {"id": 0, "m": "model-1", "c": 1}},
    {"event_type": "model.responded",
     "payload": {"gen_ai.response.model": "model-3", "cost": 2}}]'), 12::bigint, 'a batch of all that');
select results_eq(
    format($$ select seq, contract_version, text_rule::integer, model, tool, input_tokens, output_tokens, cost::text
           from hypermind.run_events where run_id = %L and seq > 7 order by seq $$, :'run_id'),
    $$ values (8::bigint, 1, 3, 'model-1', 'search', 12::bigint, 3::bigint, '0.0100'),
              (9, 1, 3, 'model-2', 'find', 0, 7, '0'), (10, 1, 3, null, null, null, null, null),
              (11, null, null, null, null, null, null, null), (12, 1, 1, 'model-3', null, null, null, '2') $$,
    'is recorded as one by one; a type without a contract fills nothing');
select is(valid, true, 'the chain holds') from hypermind.verify_run(:'run_id');

-- What does not fit its column is a violation, as a rule of the contract's own.
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.order'', %L)', :'run_id',
                                 '{"id": 1}'::jsonb || t.member))
              #> '{detail,violations}' #- '{0,message}',
          jsonb_build_array(jsonb_build_object('pointer', '/' || t.name, 'rule', '/x-columns/properties/' || t.name
                                               || '/' || t.keyword,
                                               'keyword', t.keyword)), t.what)
from (values
    ('m', '{"m": ""}'::jsonb, 'minLength', 'a model has a name'),
    ('m', jsonb_build_object('m', repeat('x', 201)), 'maxLength', 'of 200 characters at most'),
    ('m', '{"m": 4}', 'type', 'and no number'),
    ('t', '{"t": ["search"]}', 'type', 'nor is a tool a list'),
    ('in', '{"in": -1}', 'minimum', 'tokens are not negative'),
    ('in', '{"in": 1000000001}', 'maximum', 'nor over a billion'),
    ('in', '{"in": 1.5}', 'type', 'nor broken'),
    ('out', '{"out": "7"}', 'type', 'nor words'),
    ('c', '{"c": -0.01}', 'minimum', 'a cost is not negative'),
    ('c', '{"c": 1e12}', 'exclusiveMaximum', 'is below 1e12'),
    ('c', '{"c": 1e-19}', 'multipleOf', 'and has 18 decimals at most')
) as t (name, member, keyword, what);
select is(hypermind.append_event(:'run_id', 'custom.order',
                                 jsonb_build_object('id', 1, 'm', repeat('😀', 200), 'in', 1000000000,
                                                                               'c', 999999999999.999999999999999999)),
                                                                               13::bigint,
          'what just fits is taken');
select throws_ok(format('select hypermind.append_event(%L, ''custom.order'', ''{"id": 1, "in": -1}'', p_input_tokens '
                        '=> 4)', :'run_id'),
                 'MH006', null, 'a member that does not fit is refused even when the client says the column itself');

-- custom.* types are a project's own.
set local role bob;
select is(hypermind.append_event(:'run_b', 'custom.order', '{"of_b": 1}'), 2::bigint,
          'another project has its own contract of that name');
select throws_ok(format('select hypermind.append_event(%L, ''custom.order'', ''{"id": 1}'')', :'run_b'), 'MH006',
                 'the payload of custom.order breaks version 1 of its contract: it must have the members of_b',
                 'and goes by that one');
set local role alice;
select hypermind.register_event_type('custom.only_a', 'false', :'project_a') as ignored \gset
select throws_ok(format('select hypermind.append_event(%L, ''custom.only_a'')', :'run_id'), 'MH006', null,
                 'a type that takes nothing');
set local role bob;
select is(hypermind.append_event(:'run_b', 'custom.only_a'), 3::bigint,
          'is unknown elsewhere, where everything is taken');
select is((select contract_version from hypermind.run_events where run_id = :'run_b' and seq = 3), null,
          'and no version is recorded');
set local role oscar;
select hypermind.register_event_type('plain.word', '{"required": ["a"]}') as ignored \gset
set local role bob;
select throws_ok(format('select hypermind.append_event(%L, ''plain.word'')', :'run_b'), 'MH006', null,
                 'a type of the ledger holds in every project');

-- A new version is in force at once; what was taken keeps its own, and its retry succeeds.
set local role alice;
select '[{"event_type": "custom.order", "payload": {"id": 7, "m": "model-1", "t": "search", "in": 1, "out": 2, "c": 1},
          "event_id": "00000000-0000-4000-8000-000000000003"},
         {"event_type": "model.responded", "payload": {"gen_ai.response.model": "model-3"},
          "event_id": "00000000-0000-4000-8000-000000000004"}]' as batch \gset
\set payload '{"id": 6, "m": "model-1", "t": "search", "in": 1}'
prepare again as
    select hypermind.append_event(:'run_id', 'custom.order', :'payload',
                                  p_event_id => '00000000-0000-4000-8000-000000000002', p_tool => 'find');
execute again \g /dev/null
select is(hypermind.append_events(:'run_id', :'batch'), 16::bigint, 'a batch with ids');
select hypermind.register_event_type('custom.order', '{"required": ["never"]}', :'project_a',
                                     '{"model": "t", "tool": "m"}', 'tool',
                                     p_breaking => true) as ignored \gset
select throws_ok(format('select hypermind.append_event(%L, ''custom.order'', %L)', :'run_id', :'payload'), 'MH006',
                 null,
                 'what met the version before is refused by a tighter one');
select throws_ok(format('select hypermind.append_events(%L, %L)', :'run_id',
                        replace(:'batch', '0000-4000', '1111-4000')), 'MH006', null,
                 'in a batch, too');
select results_eq('again', 'values (14::bigint)', 'but a retry of an append from before succeeds');
select is(hypermind.append_events(:'run_id', :'batch'), 16::bigint, 'so does that of a batch');
select is(hypermind.append_event(:'run_id', 'custom.order', '{"before": "any contract"}',
                                 p_event_id => '00000000-0000-4000-8000-000000000001'), 3::bigint,
          'and one from before there was a contract');
select is(hypermind.append_event(:'run_id', 'custom.order', '{"never": 1, "m": "search", "t": "model-9"}'), 17::bigint,
          'what meets the new version is taken');
select results_eq(
    format($$ select seq, contract_version, text_rule::integer, model, tool from hypermind.run_events
           where run_id = %L and seq in (3, 14, 15, 17) order by seq $$, :'run_id'),
    $$ values (3::bigint, null::integer, null::integer, null, null), (14, 1, 3, 'model-1', 'find'),
    (15, 1, 3, 'model-1', 'search'),
              (17, 2, 2, 'model-9', 'search') $$, 'each event keeps the version that it met');
select hypermind.register_event_type('custom.order', '{}', :'project_a', '{"model": "t", "tool": "m"}',
                                     p_breaking => true) as ignored \gset
select results_eq('again', 'values (14::bigint)',
                  'a retry succeeds when the payload meets the contract, whose columns are others now');
select is(hypermind.append_events(:'run_id', :'batch'), 16::bigint, 'in a batch, too');
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.order'', %L, %s)', :'run_id', :'payload',
                                 t.arguments)) ->> 'code',
          'MH005', t.what)
from (values
    ('p_event_id => ''00000000-0000-4000-8000-000000000002''',
     'a retry that leaves out what the client had said is another append'),
    ('p_event_id => ''00000000-0000-4000-8000-000000000002'', p_tool => ''search''',
     'so is one that says something else'),
    ('p_event_id => ''00000000-0000-4000-8000-000000000002'', p_tool => ''find'', p_model => ''model-2''',
     'also where the contract had filled it')
) as t (arguments, what);

-- Retries of what is nested too deep for a later contract, on a run of its own.
select hypermind.create_run(:'project_a', 'chat') as deep_run \gset
select jsonb_build_object('a', (repeat('[', 90) || '1' || repeat(']', 90))::jsonb) as deep \gset
prepare deep_again as select hypermind.append_event(:'deep_run', 'custom.deep', :'deep',
                                                    p_event_id => '00000000-0000-4000-8000-000000000005');
prepare deep_batch_again as
    select hypermind.append_events(:'deep_run', jsonb_build_array(jsonb_build_object(
        'event_type', 'custom.deep', 'payload', :'deep'::jsonb, 'event_id', '00000000-0000-4000-8000-000000000006')));
execute deep_again \g /dev/null
execute deep_batch_again \g /dev/null
select hypermind.register_event_type('custom.deep',
                                     '{"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"items": {"not": '
                                     '{"$ref": "#/$defs/a"}}}}}',
                                     :'project_a') as ignored \gset
select throws_ok(format('select hypermind.append_event(%L, ''custom.deep'', %L)', :'deep_run', :'deep'), 'MH017', null,
                 'what is nested too deep for a contract is refused');
select results_eq('deep_again', 'values (2::bigint)', 'its retry succeeds, when it was taken before');
select results_eq('deep_batch_again', 'values (3::bigint)', 'in a batch, too');

-- What else is wrong with an append comes before its payload.
\set bad '{"cost": "free"}'
select pg_temp.refuses(format(t.call, :'run_id'), t.code, format(t.message, :'run_id'),
                       jsonb_build_object('run_id', :'run_id') || t.detail, t.what)
from (values
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'', p_expected_seq => 1)', 'MH003',
     'run %s is at seq 17, not at 1', '{"expected_seq": 1, "actual_seq": 17}'::jsonb, 'a stale expected_seq'),
    ('select hypermind.append_events(%L, ''[{"event_type": "model.responded", "payload": {"cost": "x"}}]'', 1)',
     'MH003',
     'run %s is at seq 17, not at 1', '{"expected_seq": 1, "actual_seq": 17}', 'that of a batch'),
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'', p_epoch => 7)', 'MH009',
     'epoch 7 of run %s is over: the run is at epoch 0', '{"epoch": 7, "current_epoch": 0, "claimed_by": null}',
     'a stale epoch'),
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'', p_parent_seq => 99)', 'MH012',
     'seq 99 is out of range: run %s has 1 to 17', '{"seq": 99, "first_seq": 1, "last_seq": 17}',
     'a parent that is not there')
) as t (call, code, message, detail, what);
set local role bob;
select is(pg_temp.refusal(format(t.call, :'run_id')), replace(pg_temp.refusal(format(t.call, :'unknown_run'))::text,
                                                              :'unknown_run', :'run_id')::jsonb,
          format('a foreign run and an unknown one give the same words: %s', t.call))
from (values
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'')'),
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'', p_event_id => '
     '''00000000-0000-4000-8000-000000000004'')'),
    ('select hypermind.append_event(%L, ''custom.order'', ''{"id": 0}'')'),
    ('select hypermind.append_event(%L, ''custom.only_a'')'),
    ('select hypermind.append_events(%L, ''[{"event_type": "model.responded", "payload": {"cost": "x"}}]'')'),
    ('select hypermind.append_events(%L, ''[{"event_type": "custom.only_a"}]'')'),
    ('select hypermind.transition_run(%L, ''failed'', ''{"message": 5}'')'),
    ('select hypermind.request_cancel(%L)')
) as t (call);
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.only_a'')', :'run_id')) ->> 'code',
          'MH001', 'which are MH001');
set local role alice;

-- The lifecycle has contracts, too, but its plain calls always pass.
select is(pg_temp.refusal(format('select hypermind.transition_run(%L, %L, %L)', :'run_id', t.status,
                                 t.payload)) - 'detail' - 'hint',
          jsonb_build_object('code', 'MH006', 'message', t.message), format('%s with %s', t.status, t.payload))
from (values
    ('paused', '{"reason": 5}',
     'the payload of run.paused breaks version 1 of its contract: /reason must be string, not number'),
    ('failed', '{"error.type": ""}',
     'the payload of run.failed breaks version 1 of its contract: /error.type must have at least 1 characters, not 0'),
    ('cancelled', '{"reason": []}',
     'the payload of run.cancelled breaks version 1 of its contract: /reason must be string, not array')
) as t (status, payload, message);
select is(pg_temp.position_of(:'run_id'), 'running 17 17', 'what is refused leaves the run as it was');
select is(hypermind.transition_run(:'run_id', 'paused'), 18::bigint, 'a plain pause passes');
select is(hypermind.transition_run(:'run_id', 'running'), 19::bigint, 'so does going on');
select is(hypermind.request_cancel(:'run_id', repeat('r', 2000)), 20::bigint, 'a request to cancel');
select lives_ok(format('select hypermind.attach_artifact(%L, repeat(''k'', 100), repeat(''u'', 2000), sha256(''''), '
                       '0, repeat(''m'', 200))',
                       :'run_id'), 'an artifact with everything as long as can be');
select results_eq(
    format($$ select event_type, contract_version, text_rule::integer from hypermind.run_events where run_id = %L
           and seq > 17 order by seq $$, :'run_id'),
    $$ values ('run.paused', 1, 3), ('run.resumed', 1, 3), ('run.cancel_requested', 1, 3),
    ('artifact.attached', 1, null) $$,
    'each records the version of its contract');
select is(hypermind.transition_run(r.run_id, r.status), r.seq, format('a plain end: %s', r.status))
from (values ('completed', :'run_id'::uuid, 22::bigint)) as r (status, run_id, seq);
select pg_temp.refuses(format(t.call, :'run_id'), 'MH002', format('run %s is completed: nothing can be added to it',
                                                                  :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'completed'), t.what)
from (values
    ('select hypermind.append_event(%L, ''model.responded'', ''{"cost": "x"}'')',
     'to a closed run, whatever the payload'),
    ('select hypermind.append_event(%L, ''custom.only_a'')', 'or the type'),
    ('select hypermind.append_events(%L, ''[{"event_type": "model.responded", "payload": {"cost": "x"}}]'')',
     'in a batch, too')
) as t (call, what);
select results_eq('again', 'values (14::bigint)', 'a retry of an append from before the end succeeds');
select hypermind.create_run(:'project_a', 'chat') as failing \gset
select is(hypermind.transition_run(:'failing', 'failed'), 2::bigint, 'a queued run fails plainly');
select hypermind.create_run(:'project_a', 'chat') as cancelled \gset
select is(hypermind.transition_run(:'cancelled', 'cancelled'), 2::bigint, 'or is cancelled');

-- The version and the text rule are part of the chain.
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_id');
reset role;
create function pg_temp.found(p_run_id uuid, p_change text) returns text language plpgsql as $function$
declare
    v_found text;
begin
    perform pg_temp.unguard();
    execute format('update hypermind.run_events set %s where run_id = %L and seq = 14', p_change, p_run_id);
    perform set_config('role', 'audrey', true);
    select v.problem into v_found from hypermind.verify_run(p_run_id) as v;
    raise exception using errcode = 'ZZ001', message = coalesce(v_found, 'nothing');
exception when sqlstate 'ZZ001' then
    return sqlerrm;
end
$function$;
select is(pg_temp.found(:'run_id', t.change), t.found, t.change)
from (values
    ('contract_version = contract_version', 'nothing'),
    ('contract_version = 2', 'event 14 (custom.order) is not what was recorded'),
    ('contract_version = null', 'event 14 (custom.order) is not what was recorded'),
    ('text_rule = 1', 'event 14 (custom.order) is not what was recorded'),
    ('text_rule = null', 'event 14 (custom.order) is not what was recorded'),
    ('model = null', 'event 14 (custom.order) is not what was recorded')
) as t (change, found);
set local role audrey;
select is_empty('select * from hypermind.check_integrity()', 'and every version that was met is there');
reset role;
create function pg_temp.orphans(p_change text) returns text language plpgsql as $function$
declare
    v_found text;
begin
    perform pg_temp.unguard();
    execute p_change;
    select string_agg(p.problem, '; ' order by p.problem collate "C") into v_found
        from hypermind_private.orphan_problems() as p;
    raise exception using errcode = 'ZZ001', message = coalesce(v_found, 'nothing');
exception when sqlstate 'ZZ001' then
    return sqlerrm;
end
$function$;
select is(pg_temp.orphans('delete from hypermind.contracts where subject = ''custom.order'' and version = 1'),
          'has events of type custom.order that met version 1 of a contract that is not there; '
          'has events of type custom.order that met version 1 of a contract that is not there',
          'a version that was deleted is missed, in each run');

-- Whose run it is comes first: a contract of others is not even looked at.
reset role;
set local role alice;
select hypermind.register_event_type('custom.deep', '{"properties": {"a": {"anyOf": [{"$ref": "#"}]}}}', :'project_a') as ignored \gset
select hypermind.create_run(:'project_a', 'chat') as checked_run \gset
select (repeat('{"a":', 99) || '1' || repeat('}', 99))::jsonb as deep \gset
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.deep'', %L)', :'checked_run', :'deep')) ->> 'code', 'MH017',
          'a value that cannot be checked against a contract is refused');
set local role bob;
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''custom.deep'', %L)', :'checked_run', :'deep')) ->> 'code', 'MH001',
          'to another project the run is not there, whatever its contracts');

select * from finish();
rollback;
