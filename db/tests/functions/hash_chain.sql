-- The hash chain and the hashes beside it, computed here from their documented form (docs/hash-chain.md), not by the
-- functions that made them.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(16);

create function pg_temp.hash(p_array jsonb) returns bytea language sql as $function$
    select sha256(convert_to(p_array::text, 'UTF8'))
$function$;
create function pg_temp.salted(p_salt uuid, p_value jsonb) returns text language sql as $function$
    select encode(sha256(decode(replace(p_salt::text, '-', ''), 'hex') || convert_to(p_value::text, 'UTF8')), 'hex')
$function$;
create function pg_temp.us(p_at timestamptz) returns bigint language sql as $function$
    select (extract(epoch from p_at) * 1000000)::bigint
$function$;

-- Events: every one of every run, each from the hash of the one before.
create temp view recomputed as
select e.run_id, e.seq, e.event_hash,
       sha256(coalesce(lag(e.event_hash) over (partition by e.run_id order by e.seq), decode(repeat('00', 32), 'hex'))
              || convert_to(jsonb_build_array(
                     'hypermind.event.1', e.run_id, e.seq, e.project_id, e.event_id, e.event_type, e.contract_version,
                     e.parent_seq,
                     pg_temp.salted(e.salt, e.payload), pg_temp.salted(e.salt, e.state_delta), e.model, e.tool, e.tags,
                     e.input_tokens, e.output_tokens, e.cost, e.text_rule,
                     encode(e.subject_hash, 'hex'), pg_temp.us(e.occurred_at), pg_temp.us(e.recorded_at))::text,
                     'UTF8')) as expected
from hypermind.run_events as e;
select is((select count(*) from recomputed), 12::bigint, 'there are twelve events');
select is_empty('select run_id, seq from recomputed where event_hash <> expected',
                'each has the hash that its documented form has');
set local role alice;
select hypermind.append_events(:'run_id', (select jsonb_agg(jsonb_build_object('event_type', 'a.b', 'payload',
    jsonb_build_object('n', n), 'tags', '["x", "ü"]'::jsonb, 'cost', round(n / 3.0, 6)))
    from generate_series(1, 300) as n)) as ignored \gset
reset role;
select is((select count(*) from recomputed), 312::bigint, 'and a batch of 300 more');
select is_empty('select run_id, seq from recomputed where event_hash <> expected', 'has the same form');

-- run.created vouches for the run's row, its pins and its base state.
select is(
    e.subject_hash,
    pg_temp.hash(jsonb_build_array(
        'hypermind.run.1', r.run_id, r.project_id, r.mode, r.agent, r.model, r.tags, r.owner, r.created_by,
        pg_temp.salted(r.salt, r.input), pg_temp.salted(r.salt, r.metadata),
        r.parent_run_id, r.forked_at_seq, encode(r.parent_event_hash, 'hex'), pg_temp.us(r.created_at),
        (select coalesce(jsonb_agg(jsonb_build_array(c.slot, c.config_id, c.kind, c.name, c.version, c.label,
                                                     encode(c.content_sha256, 'hex')) order by c.slot collate "C"),
                                                     '[]')
         from hypermind.run_config_refs as c where c.run_id = r.run_id),
        (select encode(s.state_hash, 'hex') from hypermind.run_state_snapshots as s where s.run_id = r.run_id
         and s.seq = 0))),
    format('run.created of %s vouches for its row', case r.run_id::text when :'run_id' then 'a run with pins'
           when :'fork' then 'a fork' else 'a plain run' end))
from hypermind.runs as r join hypermind.run_events as e on e.run_id = r.run_id and e.seq = 1
order by r.run_id;

-- artifact.attached vouches for the pointer, the final transition for the outcome.
select is(
    e.subject_hash,
    pg_temp.hash(jsonb_build_array(
        'hypermind.artifact.1', a.run_id, a.artifact_id, a.project_id, a.seq, a.kind, a.media_type,
        pg_temp.salted(a.salt, to_jsonb(a.uri)), encode(a.sha256, 'hex'), a.size_bytes,
        pg_temp.salted(a.salt, a.metadata), pg_temp.us(a.created_at))), 'artifact.attached vouches for the artifact')
from hypermind.run_artifacts as a join hypermind.run_events as e using (run_id, seq);
select is(
    e.subject_hash,
    pg_temp.hash(jsonb_build_array('hypermind.outcome.1', o.run_id, o.project_id, o.status, o.last_seq,
                                   pg_temp.us(o.ended_at), o.events, o.input_tokens, o.output_tokens, o.cost)),
    'the last event vouches for the outcome')
from hypermind.run_outcomes as o join hypermind.run_events as e on e.run_id = o.run_id and e.seq = o.last_seq;
select is((select array_agg(distinct event_type order by event_type) from hypermind.run_events
           where subject_hash is not null), '{artifact.attached,run.completed,run.created}',
          'no other event vouches for rows');
select is_empty('select run_id, seq from hypermind.run_state_snapshots where encode(state_hash, ''hex'') <> '
                'pg_temp.salted(salt, state)', 'a snapshot''s hash is that of its salt and state');

-- Salts are random: equal contents have different hashes.
select is((select count(distinct salt) from hypermind.run_events), (select count(*) from hypermind.run_events),
          'every event has a salt of its own');

-- The form in one vector with fixed values, for other languages; changing it is a new version.
select is(
    encode(hypermind_private.canonical_event(
        '0197e000-0000-7000-8000-000000000000', 7, '11111111-1111-4111-8111-111111111111',
        '22222222-2222-4222-8222-222222222222', 'model.responded', null, 3,
        hypermind_private.salted_hash('33333333-3333-4333-8333-333333333333', '{"text": "ü\n", "n": 1.50}'), null,
        'model-1', null, '{b, "a c"}', 120, 0, 0.0125, null, null,
        '2026-11-05 06:07:08.901234+00', '2026-11-05 06:07:08.901235+00'), 'escape'),
    encode(convert_to('["hypermind.event.1", "0197e000-0000-7000-8000-000000000000", 7, '
                      '"11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", '
                      '"model.responded", null, 3, "'
        || encode(sha256(decode('33333333333343338333333333333333', 'hex')
                         || convert_to('{"n": 1.50, "text": "ü\n"}', 'UTF8')), 'hex')
        || '", null, "model-1", null, ["b", "a c"], 120, 0, 0.0125, null, null, 1793858828901234, 1793858828901235]',
        'UTF8'), 'escape'),
    'the bytes of an event are this text');
set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'escape';
set local extra_float_digits = -15;
set local lc_numeric = 'C';
select is_empty('select run_id, seq from recomputed where event_hash <> expected',
                'no setting of the session changes a hash here');
set local role alice;
select results_eq(format('select valid, problem from hypermind.verify_run(%L)', :'run_id'),
                  'values (true, null::text)', 'nor in verify_run()');
select hypermind.append_event(:'run_id', 'a.b', '{"f": 0.1}', p_cost => 0.1, p_tags => '{x}') as ignored \gset
reset role;
reset timezone;
reset datestyle;
reset extra_float_digits;
reset bytea_output;
reset intervalstyle;
select is_empty('select run_id, seq from recomputed where event_hash <> expected',
                'nor one of the session that appends');

select * from finish();
rollback;
