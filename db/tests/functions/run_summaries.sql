-- hypermind.run_summaries and run_tools: in step with each run, whatever moves it.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(16);

create function pg_temp.summary(p_run_id uuid) returns jsonb language sql as $function$
    select to_jsonb(s) - '{run_id, project_id, created_at, ended_at, words, archive_id}'::text[]
           || jsonb_build_object('ended', s.ended_at is not null)
    from hypermind.run_summaries as s where s.run_id = p_run_id
$function$;
create function pg_temp.tools(p_run_id uuid) returns text[] language sql as $function$
    select array_agg(t.tool order by t.tool collate "C") from hypermind.run_tools as t where t.run_id = p_run_id
$function$;

set local role alice;
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hi"}') as version,
       hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Ho"}') as version_2 \gset
select hypermind.create_run(
           :'project_a', 'chat', p_agent => 'helper', p_model => 'm-1', p_owner => 'Ada', p_tags => '{x, y, x}',
           p_metadata => jsonb_build_object('title', repeat('t', 300)),
           p_configs => '{"system": {"kind": "prompt", "name": "greeting", "version": 2},
                          "again": {"kind": "prompt", "name": "greeting", "version": 1}}') as run_id \gset
select is(pg_temp.summary(:'run_id'),
          jsonb_build_object('mode', 'chat', 'agent', 'helper', 'model', 'm-1', 'owner', 'Ada', 'tags', '{x,y,x}'::text[],
                             'title', repeat('t', 200), 'status', 'queued', 'ended', false, 'events', null,
                             'input_tokens', null, 'output_tokens', null, 'cost', null, 'parent_run_id', null,
                             'forked_at_seq', null),
          'a new run is queued, with the first 200 characters of its title, and no totals');
reset role;
select is((select s.words from hypermind.run_summaries as s where s.run_id = :'run_id'),
          (select array_agg(w.word order by w.word)
           from (select hypermind_private.tag_word(:'project_a', t) from unnest('{x, y}'::text[]) as t
                 union all
                 select hypermind_private.config_word(e.config_id, v)
                 from hypermind.config_entities as e, unnest(array[null, 1, 2]) as v
                 where e.project_id = :'project_a' and e.name = 'greeting') as w (word)),
          'its words are each tag, and each config in its versions and in any');
select isnt(hypermind_private.tag_word(:'project_a', 'x'), hypermind_private.tag_word(:'project_b', 'x'),
            'the tag of another project is another word');
set local role alice;

-- Through its life.
select hypermind.transition_run(:'run_id', 'running') as seq \gset
select is(pg_temp.summary(:'run_id') ->> 'status', 'running', 'a started run is running');
select hypermind.transition_run(:'run_id', 'paused') as seq \gset
select is(pg_temp.summary(:'run_id') ->> 'status', 'paused', 'a paused one paused');
select hypermind.transition_run(:'run_id', 'running') as seq \gset
select is(pg_temp.tools(:'run_id'), null, 'no tool yet');

-- Tools: by single events and batches, again and again, more and longer names than the head remembers.
select hypermind.append_event(:'run_id', 'custom.step', p_tool => 'hammer', p_input_tokens => 3, p_cost => 0.5) as seq,
       hypermind.append_event(:'run_id', 'custom.step', p_tool => 'hammer') as seq,
       hypermind.append_event(:'run_id', 'custom.step') as seq,
       hypermind.append_event(:'run_id', 'custom.step', p_tool => repeat('l', 51)) as seq,
       hypermind.append_event(:'run_id', 'custom.step', p_tool => repeat('l', 51)) as seq \gset
select is(pg_temp.tools(:'run_id'), array['hammer', repeat('l', 51)], 'each tool once');
select is((select h.tools from hypermind.run_heads as h where h.run_id = :'run_id'), '{hammer}',
          'the head remembers short names only');
select hypermind.append_events(:'run_id', '[{"event_type": "custom.step", "tool": "saw", "output_tokens": 4},
                                            {"event_type": "custom.step", "tool": "hammer"}, {"event_type": "custom.step"},
                                            {"event_type": "tool.called", "payload": {"gen_ai.tool.name": "axe"}},
                                            {"event_type": "custom.step", "tool": "saw"}]') as seq \gset
select is(pg_temp.tools(:'run_id'), array['axe', 'hammer', repeat('l', 51), 'saw'], 'those of a batch, too');
select hypermind.append_events(:'run_id', (
    select jsonb_agg(jsonb_build_object('event_type', 'custom.step', 'tool', 'z' || n)) from generate_series(10, 39) as n)) as seq,
       hypermind.append_event(:'run_id', 'custom.step', p_tool => 'z39') as seq,
       hypermind.append_event(:'run_id', 'custom.step', p_tool => 'zz') as seq \gset
select is(cardinality(pg_temp.tools(:'run_id')), 35, 'tools beyond those that the head remembers are written down');
select is((select cardinality(h.tools) from hypermind.run_heads as h where h.run_id = :'run_id'), 20,
          'the head remembers twenty');
select is_empty($$ select tool from hypermind.run_tools where project_id <> $$ || quote_literal(:'project_a'),
                'all in the project of the run');

-- Its end, and a fork.
select hypermind.transition_run(:'run_id', 'completed') as last_seq \gset
select is(pg_temp.summary(:'run_id') - '{mode, agent, model, owner, tags, title, parent_run_id, forked_at_seq}'::text[],
          jsonb_build_object('status', 'completed', 'ended', true, 'events', :last_seq, 'input_tokens', 3, 'output_tokens', 4,
                             'cost', 0.5), 'an ended run has its totals');
select is((select s.ended_at from hypermind.run_summaries as s where s.run_id = :'run_id'),
          (select o.ended_at from hypermind.run_outcomes as o where o.run_id = :'run_id'), 'and its end');
select hypermind.fork_run(:'run_id', 2) as fork_id \gset
select is(pg_temp.summary(:'fork_id') - '{mode, agent, model, owner, tags, title}'::text[],
          jsonb_build_object('status', 'queued', 'ended', false, 'events', null, 'input_tokens', null, 'output_tokens', null,
                             'cost', null, 'parent_run_id', :'run_id', 'forked_at_seq', 2), 'a fork names its parent');

reset role;
select is_empty($$ select * from hypermind_private.orphan_problems() $$, 'check_integrity() finds nothing amiss');

select * from finish();
rollback;
