-- The contracts that are shipped with the schema: what each takes and what it refuses.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select no_plan();

create temp table shipped (event_type text);
insert into shipped values
    ('run.created'), ('run.started'), ('run.paused'), ('run.resumed'), ('run.completed'), ('run.failed'),
    ('run.cancel_requested'), ('run.cancelled'), ('model.requested'), ('model.responded'), ('tool.called'),
    ('tool.returned'), ('message.added'), ('token.streamed'), ('stage.entered'), ('handoff.made'), ('guardrail.tripped'),
    ('error.raised'), ('metric.recorded'), ('evaluation.recorded'), ('artifact.attached');

create temp table good (event_type text, payload jsonb);
insert into good values
    ('run.created', '{"mode": "chat", "configs": {}}'),
    ('run.created', '{"mode": "replay", "parent_run_id": "0197e000-0000-7000-8000-000000000000", "forked_at_seq": 0,
                      "parent_event_hash": "00", "state_patch": null, "config_overrides": {}}'),
    ('run.created', '{"mode": "replay", "state_patch": [{"op": "remove", "path": "/a"}]}'),
    ('run.created', '{"mode": "replay", "state_patch": {"a": null}}'),
    ('run.started', '{}'),
    ('run.started', '{"worker": 1}'),
    ('run.started', '{"worker": "w1", "reason": "its turn"}'),
    ('run.paused', '{}'),
    ('run.paused', '{"reason": "waiting for oncall-data"}'),
    ('run.paused', '{"waits_for": "approval"}'),
    ('run.paused', '{"waits_for": ["approval", {"of": "Ada"}]}'),
    ('run.resumed', '{}'),
    ('run.resumed', '{"approved_by": "oncall-data"}'),
    ('run.completed', '{}'),
    ('run.completed', '{"answer": 42}'),
    ('run.completed', '{"result": null}'),
    ('run.completed', '{"result": {"resolved": true}}'),
    ('run.completed', '{"gen_ai.output.messages": [{"role": "assistant", "parts": []}]}'),
    ('run.failed', '{}'),
    ('run.failed', '{"error": "the model did not answer", "after_seconds": 30}'),
    ('run.failed', '{"error.type": "timeout", "message": "30 s", "error": {"attempts": 3}, "result": [1]}'),
    ('run.cancel_requested', '{"requested_by": "alice"}'),
    ('run.cancel_requested', '{"requested_by": "alice", "reason": "too slow"}'),
    ('run.cancelled', '{}'),
    ('run.cancelled', '{"reason": "asked by the user"}'),
    ('model.requested', '{}'),
    ('model.requested', '{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
                          "gen_ai.request.model": "gpt-4o-2024-08-06", "gen_ai.request.temperature": 0.2,
                          "gen_ai.request.top_p": 1, "gen_ai.request.max_tokens": 1024, "message_count": 1}'),
    ('model.requested', '{"gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
                          "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
                                                    {"role": "tool", "content": "sun", "tool_call_id": "c1"}]}'),
    ('model.requested', '{"gen_ai.system_instructions": "Be brief.", "gen_ai.conversation.id": "conv_1"}'),
    ('model.responded', '{}'),
    ('model.responded', '{"content": "On its way."}'),
    ('model.responded', '{"content": null, "gen_ai.response.finish_reasons": ["tool_calls"]}'),
    ('model.responded', '{"content": [{"type": "text", "text": "Hi"}], "cost": null,
                          "gen_ai.usage.input_tokens": null, "gen_ai.usage.output_tokens": null}'),
    ('model.responded', '{"gen_ai.operation.name": "chat", "gen_ai.response.model": "gpt-4o-2024-08-06",
                          "gen_ai.response.id": "chatcmpl-1006", "gen_ai.usage.input_tokens": 1830,
                          "gen_ai.usage.output_tokens": 41, "cost": 0.004985,
                          "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Hi"}],
                                                      "finish_reason": "stop"}]}'),
    ('tool.called', '{}'),
    ('tool.called', '{"id": 17}'),
    ('tool.called', '{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "run_sql",
                      "gen_ai.tool.call.id": "call_03", "gen_ai.tool.call.arguments": {"sql": "select 1"},
                      "gen_ai.tool.type": "function", "gen_ai.tool.description": ""}'),
    ('tool.called', '{"gen_ai.tool.call.arguments": "no JSON", "gen_ai.tool.name": null}'),
    ('tool.returned', '{}'),
    ('tool.returned', '{"found": true}'),
    ('tool.returned', '{"gen_ai.tool.name": "run_sql", "gen_ai.tool.call.id": "call_03",
                        "gen_ai.tool.call.result": [{"orders": 52381}]}'),
    ('tool.returned', '{"gen_ai.tool.call.result": null, "error.type": "statement_timeout"}'),
    ('message.added', '{}'),
    ('message.added', '{"role": "user"}'),
    ('message.added', '{"role": "user", "name": "oncall-data", "content": "No delete, please."}'),
    ('message.added', '{"role": "user", "content": [{"type": "text", "text": "Hi"}], "gen_ai.conversation.id": "c"}'),
    ('message.added', '{"role": "assistant", "content": null}'),
    ('token.streamed', '{}'),
    ('token.streamed', '{"text": " it", "index": 0, "gen_ai.response.id": "chatcmpl-1006"}'),
    ('token.streamed', '{"text": ""}'),
    ('stage.entered', '{"stage": "plan"}'),
    ('stage.entered', '{"stage": "repair", "reason": "approved", "gen_ai.agent.name": "pipeline-doctor"}'),
    ('handoff.made', '{"to": "oncall-data"}'),
    ('handoff.made', '{"from": "pipeline-doctor", "to": "oncall-data", "kind": "human", "question": "Delete?"}'),
    ('guardrail.tripped', '{"guardrail": "no-production-writes"}'),
    ('guardrail.tripped', '{"guardrail": "no-production-writes", "action": "blocked", "reason": "needs approval",
                            "gen_ai.tool.name": "run_sql", "gen_ai.tool.call.id": "call_06"}'),
    ('error.raised', '{"error.type": "timeout"}'),
    ('error.raised', '{"error.type": "statement_timeout", "message": "30 s", "retryable": true, "sqlstate": "57014",
                       "gen_ai.tool.name": "run_sql", "gen_ai.request.model": "gpt-4o"}'),
    ('metric.recorded', '{"name": "model_stats"}'),
    ('metric.recorded', '{"name": "rows", "value": 52381, "unit": "orders", "expected": 52381}'),
    ('metric.recorded', '{"name": "spent", "value": -0.5, "unit": "", "gen_ai.usage.input_tokens": 10,
                          "gen_ai.usage.output_tokens": 3, "cost": 0.25}'),
    ('evaluation.recorded', '{"gen_ai.evaluation.name": "relevance"}'),
    ('evaluation.recorded', '{"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.9,
                              "gen_ai.evaluation.score.label": "pass", "gen_ai.evaluation.explanation": "To the point.",
                              "gen_ai.response.id": "chatcmpl-1006"}'),
    ('evaluation.recorded', '{"gen_ai.evaluation.name": "relevance", "error.type": "timeout"}'),
    ('artifact.attached', jsonb_build_object(
        'artifact_id', '0197e000-0000-7000-8000-000000000000', 'kind', 'report', 'media_type', 'text/csv',
        'size_bytes', 0, 'sha256', repeat('0', 64)));

create temp table bad (event_type text, payload jsonb, pointer text, keyword text);
insert into bad values
    ('run.created', '{"configs": {}}', '', 'required'),
    ('run.created', '{"mode": "dream"}', '/mode', 'enum'),
    ('run.created', '{"mode": "chat", "configs": []}', '/configs', 'type'),
    ('run.created', '{"mode": "replay", "forked_at_seq": -1}', '/forked_at_seq', 'minimum'),
    ('run.created', '{"mode": "replay", "state_patch": "x"}', '/state_patch', 'type'),
    ('run.started', '{"reason": 5}', '/reason', 'type'),
    ('run.started', jsonb_build_object('reason', repeat('x', 2001)), '/reason', 'maxLength'),
    ('run.paused', '{"reason": null}', '/reason', 'type'),
    ('run.paused', '{"reason": ["x"]}', '/reason', 'type'),
    ('run.resumed', '{"approved_by": ""}', '/approved_by', 'minLength'),
    ('run.resumed', '{"approved_by": true}', '/approved_by', 'type'),
    ('run.completed', '{"gen_ai.output.messages": {"role": "assistant"}}', '/gen_ai.output.messages', 'type'),
    ('run.completed', '{"gen_ai.output.messages": [{"parts": []}]}', '/gen_ai.output.messages/0', 'required'),
    ('run.completed', '{"gen_ai.output.messages": ["Hi"]}', '/gen_ai.output.messages/0', 'type'),
    ('run.failed', '{"error.type": ""}', '/error.type', 'minLength'),
    ('run.failed', '{"error.type": 500}', '/error.type', 'type'),
    ('run.failed', '{"message": {"text": "x"}}', '/message', 'type'),
    ('run.cancel_requested', '{"reason": "too slow"}', '', 'required'),
    ('run.cancel_requested', '{"requested_by": null}', '/requested_by', 'type'),
    ('run.cancelled', '{"reason": 5}', '/reason', 'type'),
    ('run.cancelled', jsonb_build_object('reason', repeat('x', 2001)), '/reason', 'maxLength'),
    ('model.requested', '{"gen_ai.request.model": 4}', '/gen_ai.request.model', 'type'),
    ('model.requested', '{"gen_ai.request.temperature": "0.2"}', '/gen_ai.request.temperature', 'type'),
    ('model.requested', '{"gen_ai.request.temperature": -1}', '/gen_ai.request.temperature', 'minimum'),
    ('model.requested', '{"gen_ai.request.max_tokens": 0}', '/gen_ai.request.max_tokens', 'minimum'),
    ('model.requested', '{"gen_ai.input.messages": [{"role": "user"}, {"role": 5}]}', '/gen_ai.input.messages/1/role',
     'type'),
    ('model.responded', '{"content": 5}', '/content', 'type'),
    ('model.responded', '{"gen_ai.usage.input_tokens": "1830"}', '/gen_ai.usage.input_tokens', 'type'),
    ('model.responded', '{"gen_ai.usage.output_tokens": 0.5}', '/gen_ai.usage.output_tokens', 'type'),
    ('model.responded', '{"gen_ai.response.finish_reasons": "stop"}', '/gen_ai.response.finish_reasons', 'type'),
    ('model.responded', '{"gen_ai.response.finish_reasons": ["stop", null]}', '/gen_ai.response.finish_reasons/1', 'type'),
    ('model.responded', '{"cost": "0.004985"}', '/cost', 'type'),
    ('tool.called', '{"gen_ai.tool.name": 5}', '/gen_ai.tool.name', 'type'),
    ('tool.called', '{"gen_ai.tool.call.id": 3}', '/gen_ai.tool.call.id', 'type'),
    ('tool.called', '{"gen_ai.tool.call.id": ""}', '/gen_ai.tool.call.id', 'minLength'),
    ('tool.returned', '{"gen_ai.tool.name": {"name": "run_sql"}}', '/gen_ai.tool.name', 'type'),
    ('tool.returned', '{"error.type": false}', '/error.type', 'type'),
    ('tool.returned', jsonb_build_object('gen_ai.tool.call.id', repeat('x', 256)), '/gen_ai.tool.call.id', 'maxLength'),
    ('message.added', '{"role": null}', '/role', 'type'),
    ('message.added', '{"role": ""}', '/role', 'minLength'),
    ('message.added', '{"role": "user", "content": true}', '/content', 'type'),
    ('message.added', '{"role": "user", "name": ["Ada"]}', '/name', 'type'),
    ('token.streamed', '{"text": null}', '/text', 'type'),
    ('token.streamed', '{"text": ["a", "b"]}', '/text', 'type'),
    ('token.streamed', '{"text": "a", "index": -1}', '/index', 'minimum'),
    ('stage.entered', '{}', '', 'required'),
    ('stage.entered', '{"name": "plan"}', '', 'required'),
    ('stage.entered', '{"stage": ""}', '/stage', 'minLength'),
    ('stage.entered', '{"stage": 2}', '/stage', 'type'),
    ('handoff.made', '{"from": "pipeline-doctor"}', '', 'required'),
    ('handoff.made', '{"to": ["a", "b"]}', '/to', 'type'),
    ('handoff.made', '{"to": "a", "kind": ""}', '/kind', 'minLength'),
    ('guardrail.tripped', '{"action": "blocked"}', '', 'required'),
    ('guardrail.tripped', '{"guardrail": "g", "action": true}', '/action', 'type'),
    ('guardrail.tripped', '{"guardrail": "g", "gen_ai.tool.name": 1}', '/gen_ai.tool.name', 'type'),
    ('error.raised', '{"message": "it failed"}', '', 'required'),
    ('error.raised', '{"error.type": null}', '/error.type', 'type'),
    ('error.raised', '{"error.type": "x", "retryable": "yes"}', '/retryable', 'type'),
    ('metric.recorded', '{"value": 1}', '', 'required'),
    ('metric.recorded', '{"name": "n", "value": "1"}', '/value', 'type'),
    ('metric.recorded', jsonb_build_object('name', 'n', 'unit', repeat('x', 64)), '/unit', 'maxLength'),
    ('metric.recorded', '{"name": "n", "gen_ai.usage.input_tokens": 1.5}', '/gen_ai.usage.input_tokens', 'type'),
    ('evaluation.recorded', '{"gen_ai.evaluation.score.value": 1}', '', 'required'),
    ('evaluation.recorded', '{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.score.value": "high"}',
     '/gen_ai.evaluation.score.value', 'type'),
    ('evaluation.recorded', '{"gen_ai.evaluation.name": "n", "gen_ai.evaluation.explanation": null}',
     '/gen_ai.evaluation.explanation', 'type'),
    ('artifact.attached', '{"kind": "report", "media_type": "text/csv", "size_bytes": 1}', '', 'required'),
    ('artifact.attached', jsonb_build_object(
        'artifact_id', 'a', 'kind', 'report', 'media_type', 'text/csv', 'size_bytes', -1, 'sha256', repeat('0', 64)),
     '/size_bytes', 'minimum'),
    ('artifact.attached', jsonb_build_object(
        'artifact_id', 'a', 'kind', 'report', 'media_type', 'text/csv', 'size_bytes', 1, 'sha256', repeat('0', 63)),
     '/sha256', 'minLength');

-- What bounds a column bounds the member that fills it.
insert into bad values
    ('model.requested', '{"gen_ai.request.model": ""}', '/gen_ai.request.model', 'minLength'),
    ('model.responded', jsonb_build_object('gen_ai.response.model', repeat('x', 201)), '/gen_ai.response.model', 'maxLength'),
    ('model.responded', '{"gen_ai.usage.input_tokens": -1}', '/gen_ai.usage.input_tokens', 'minimum'),
    ('model.responded', '{"gen_ai.usage.output_tokens": 1000000001}', '/gen_ai.usage.output_tokens', 'maximum'),
    ('model.responded', '{"cost": -0.5}', '/cost', 'minimum'),
    ('model.responded', '{"cost": 1e12}', '/cost', 'exclusiveMaximum'),
    ('model.responded', '{"cost": 1e-19}', '/cost', 'multipleOf'),
    ('tool.called', '{"gen_ai.tool.name": ""}', '/gen_ai.tool.name', 'minLength'),
    ('tool.returned', jsonb_build_object('gen_ai.tool.name', repeat('x', 201)), '/gen_ai.tool.name', 'maxLength'),
    ('guardrail.tripped', '{"guardrail": "g", "gen_ai.tool.name": ""}', '/gen_ai.tool.name', 'minLength'),
    ('error.raised', '{"error.type": "e", "gen_ai.request.model": ""}', '/gen_ai.request.model', 'minLength'),
    ('metric.recorded', '{"name": "n", "cost": -1}', '/cost', 'minimum');

grant select on shipped, good, bad to public;
set local role alice;

-- What is shipped.
select set_eq('select e.event_type from hypermind.event_types as e where e.project_id is null',
              'select s.event_type from shipped as s', 'these event types have a contract in every project');
select is_empty('select e.event_type from hypermind.event_types as e where e.version <> 1 or not e.is_latest or e.breaking',
                'each in version 1');
select is_empty($$ select e.event_type from hypermind.event_types as e
                   where coalesce(e.schema ->> 'title', '') = '' or e.schema ->> 'description' not like '%.' $$,
                'each has a title, and says in a sentence what the event means');
select is_empty($$ select e.event_type, m.name
                   from hypermind.event_types as e cross join lateral jsonb_each(e.schema -> 'properties') as m (name, schema)
                   where m.schema ->> 'description' not like '%_.' is not false $$,
                'so does every member');
select is_empty($$ select e.event_type, r.name
                   from hypermind.event_types as e
                   cross join lateral (
                       select jsonb_array_elements_text(e.schema -> 'required')
                       union all
                       select value from jsonb_each_text(e.columns)) as r (name)
                   where e.schema -> 'properties' -> r.name is null $$,
                'what is required or fills a column is a member that it describes');
select is_empty($$ select e.event_type, m.name
                   from hypermind.event_types as e cross join lateral jsonb_object_keys(e.schema -> 'properties') as m (name)
                   where strpos(m.name, '.') > 0 and m.name !~ '^gen_ai\.[a-z]' and m.name <> 'error.type' $$,
                'dots are for names of the semantic conventions');
select is_empty($$ select s.event_type from shipped as s
                   where (select count(*) from good as g where g.event_type = s.event_type) < 1
                      or (select count(*) from bad as b where b.event_type = s.event_type) < 2 $$,
                'each is tested below');

-- What is taken, and what is not.
select is((select jsonb_agg(to_jsonb(v)) from hypermind.contract_violations(g.event_type, g.payload) as v), null,
          format('%s takes %s', g.event_type, left(g.payload::text, 60)))
from good as g;
select is((select array_agg(distinct v.pointer || ' ' || v.keyword)
           from hypermind.contract_violations(b.event_type, b.payload) as v),
          array[b.pointer || ' ' || b.keyword], format('%s refuses %s', b.event_type, left(b.payload::text, 60)))
from bad as b;

-- The same at append.
select is(hypermind.append_events(:'run_id', (
              select jsonb_agg(jsonb_build_object('event_type', g.event_type, 'payload', g.payload)) from good as g
              where g.event_type !~ '^(run|artifact)\.')),
          2 + (select count(*) from good as g where g.event_type !~ '^(run|artifact)\.'), 'all that is taken can be appended');
select is_empty(format($$ select e.seq, e.event_type, e.contract_version, e.text_rule
                          from hypermind.run_events as e join hypermind.event_types as t using (event_type)
                          where e.run_id = %L
                            and (e.contract_version is distinct from 1
                                 or t.text_rule is distinct from case e.text_rule when 1 then 'messages' when 2 then 'tool'
                                                                                  when 3 then 'all' end) $$, :'run_id'),
                'every event says which contract it met, and by which rule its text is found');
select is(pg_temp.refusal(format('select hypermind.append_event(%L, %L, %L)', :'run_id', b.event_type, b.payload)) ->> 'code',
          'MH006', format('%s with %s is not appended', b.event_type, left(b.payload::text, 60)))
from bad as b
where b.event_type !~ '^(run|artifact)\.';
select is(pg_temp.refusal(format('select hypermind.transition_run(%L, %L, %L)', :'run_id', s.status, s.payload)) ->> 'code',
          'MH006', format('no run becomes %s with %s', s.status, s.payload))
from (values ('paused', '{"reason": 5}'), ('completed', '{"gen_ai.output.messages": 5}'), ('failed', '{"error.type": 5}'),
             ('cancelled', '{"reason": 5}')) as s (status, payload);

-- Columns.
select hypermind.append_event(:'run_id', 'model.responded', '{"content": "Hi", "gen_ai.response.model": "m-1", "cost": 0.25,
                              "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3}') as filled \gset
select hypermind.append_event(:'run_id', 'model.responded', '{"content": "Hi", "gen_ai.response.model": "m-1", "cost": 0.25,
                              "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3}', p_model => 'm-2',
                              p_input_tokens => 8, p_output_tokens => 4, p_cost => 0.5) as given \gset
select hypermind.append_event(:'run_id', 'model.responded', '{"content": "Hi", "cost": null}') as neither \gset
select hypermind.append_event(:'run_id', 'tool.called', '{"gen_ai.tool.name": "run_sql"}') as called \gset
select results_eq(
    format('select e.seq, e.model, e.tool, e.input_tokens, e.output_tokens, e.cost from hypermind.run_events as e '
           'where e.run_id = %L and e.seq >= %s order by e.seq', :'run_id', :filled),
    format($$ values (%s::bigint, 'm-1', null, 7::bigint, 3::bigint, 0.25), (%s, 'm-2', null, 8, 4, 0.5),
                     (%s, null, null, null, null, null), (%s, null, 'run_sql', null, null, null) $$,
           :filled, :given, :neither, :called),
    'the payload fills the columns that the caller left out');
select is(v.valid, true, 'the chain holds over what was filled in') from hypermind.verify_run(:'run_id') as v;

select * from finish();
rollback;
