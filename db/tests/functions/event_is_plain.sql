-- event_is_plain(): true must mean that check_event() passes, and most events must be plain.
\set ON_ERROR_STOP on
begin;
select plan(44);

set local role hypermind_owner;

create temp table events (
    name text, plain boolean, event_type text default 'model.responded', payload jsonb default '{"content": "x", "n": 1.5}',
    state_delta jsonb, model text, tool text, tags text[], input_tokens bigint, output_tokens bigint, cost numeric,
    occurred_at timestamptz
);

insert into events (name, plain) values ('one with nothing but a payload', true);
insert into events (name, plain, model, tool, input_tokens, output_tokens)
values ('names and counts', true, repeat('m', 200), 't', 0, 1000000000), ('a long model', false, repeat('m', 201), 't', 0, 1),
       ('a nameless tool', false, 'm', '', 0, 1), ('fewer than no tokens', false, 'm', 't', -1, 1),
       ('too many tokens', false, 'm', 't', 0, 1000000001);
insert into events (name, plain, event_type)
values ('a long type', true, 'a.' || repeat('b', 98)), ('a longer one', true, 'a.' || repeat('b', 99)),
       ('no type', false, null), ('a word', true, 'word'), ('two lines', true, E'a.b\n'), ('run.*', false, 'run.failed'),
       ('artifact.attached', false, 'artifact.attached'), ('snapshot.taken', false, 'snapshot.taken'),
       ('a type like those', true, 'runs.failed');
insert into events (name, plain, payload)
values ('no payload', false, null), ('null', false, 'null'), ('an array', false, '[]'), ('an empty one', true, '{}'),
       ('large numbers', true, '{"a": [999999999999999, -999999999999999.999999999999]}'), ('larger ones', false, '{"a": [1e15]}'),
       ('smaller ones', false, '{"a": {"b": -1e15}}'), ('300 decimals', true, ('{"a": 1.' || repeat('0', 300) || '}')::jsonb),
       ('400 decimals', false, ('{"a": 1.' || repeat('0', 400) || '}')::jsonb), ('many numbers', false, (select jsonb_build_object('a', jsonb_agg(n)) from generate_series(1, 200) as n)),
       ('too large a number', false, '{"a": 1e400}'), ('too many decimals', false, '{"a": 1e-401}'), ('zeros that are too many decimals', false, '{"a": 0e-401}'),
       ('100 levels', true, ('{"a":' || repeat('[', 99) || repeat(']', 99) || '}')::jsonb),
       ('100 levels and some text', true, ('{"t": "' || repeat('x', 1000) || '", "a":' || repeat('[', 99) || repeat(']', 99) || '}')::jsonb),
       ('101 levels', false, ('{"t": "' || repeat('x', 1000) || '", "a":' || repeat('[', 100) || repeat(']', 100) || '}')::jsonb),
       ('16 KB', true, jsonb_build_object('t', repeat('x', 16000))), ('17 KB', false, jsonb_build_object('t', repeat('x', 17000)));
insert into events (name, plain, state_delta) values ('a delta', false, '{}');
insert into events (name, plain, tags) values ('tags', false, '{a}');
insert into events (name, plain, cost) values ('a cost', false, 0.1);
insert into events (name, plain, occurred_at) values ('a time', false, now());

create function pg_temp.passes(p_event events) returns boolean language plpgsql as $$
begin
    perform hypermind_private.check_event(
        p_event.event_type, p_event.payload, p_event.state_delta, p_event.model, p_event.tool, p_event.tags, p_event.input_tokens,
        p_event.output_tokens, p_event.cost, p_event.occurred_at);
    return true;
exception when others then
    return false;
end $$;

select is(coalesce(hypermind_private.event_is_plain(
              e.event_type, e.payload, e.state_delta, e.model, e.tool, e.tags, e.input_tokens, e.output_tokens, e.cost,
              e.occurred_at), false), e.plain, e.name)
from events as e;

select set_eq(
    'select e.name from events as e where e.plain and not pg_temp.passes(e)', array['a longer one', 'a word', 'two lines'],
    'what is plain passes check_event(), but for the form of the type');
create function pg_temp.refusal_of(p_event_type text) returns text language plpgsql as $$
begin
    perform hypermind_private.append_once(gen_random_uuid(), p_event_type, '{}');
exception when others then
    return sqlstate;
end $$;
select is(pg_temp.refusal_of(e.event_type), 'MH016', 'append_once() refuses it') from events as e where e.plain and not pg_temp.passes(e);
select is(count(*), 9::bigint, 'and so do some that are not plain') from events as e where not e.plain and pg_temp.passes(e);

select is_empty(
    $$ select p.proname from pg_proc as p
       where p.oid in ('hypermind_private.event_is_plain'::regproc, 'hypermind_private.quickly_accepts'::regproc)
         and (p.provolatile <> 's' or p.prosecdef or p.proconfig is not null or p.proisstrict) $$,
    'it can be inlined, as quickly_accepts() can');

create temp table plans (line text);
do $$
declare
    v_line text;
begin
    for v_line in execute
        'explain (verbose, costs off) select hypermind_private.event_is_plain(''a.b'', c.schema, null, null, null, null, null, null, null, null),
                hypermind_private.quickly_accepts(c.accepts, c.closed, c.schema) from hypermind.contracts as c'
    loop
        insert into plans values (v_line);
    end loop;
end $$;
select is_empty($$ select line from plans where line ~ 'event_is_plain|quickly_accepts' $$, 'and is');

select * from finish();
rollback;
