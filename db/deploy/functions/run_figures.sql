-- Deploy hypermind:functions/run_figures to pg
-- requires: tables/rollups
-- requires: tables/runs
-- requires: tables/run_heads
-- requires: tables/run_outcomes
-- requires: tables/run_events
-- requires: tables/run_config_refs
-- requires: functions/uuidv7_time
-- requires: functions/period_start
-- requires: functions/canonical_hash
-- requires: functions/duration_bucket

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_figures(p_run_ids uuid[], p_bases text[])
    returns setof hypermind.rollups
    language plpgsql
    stable
as $function$
declare
    v_period record;
    v_first  uuid;
    v_last   uuid;
begin
    if p_run_ids is null then
        return;
    end if;

    -- A period at a time, with bounds on its ids, so that each statement is planned for one leaf of each table.
    for v_period in
        select i.period, array_agg(i.run_id order by i.run_id) as run_ids
        from (
            select u.run_id,
                   (hypermind_private.period_start(hypermind.uuidv7_time(u.run_id)) at time zone 'UTC')::date as period
            from unnest(p_run_ids) as u (run_id)
        ) as i
        group by i.period
    loop
        v_first := v_period.run_ids[1];
        v_last  := v_period.run_ids[cardinality(v_period.run_ids)];
        if 'run' = any (p_bases) then
            return query
            with figures as (
                select r.project_id, (hypermind.uuidv7_time(r.run_id) at time zone 'UTC')::date as day, r.model,
                       coalesce(a.name, r.agent) as agent, a.version as agent_version, e.status,
                       e.events, e.input_tokens, e.output_tokens, e.cost,
                       hypermind_private.duration_bucket(r.created_at, e.ended_at) as bucket
                from unnest(v_period.run_ids) as i (run_id)
                cross join lateral (
                    select * from hypermind.runs as x
                    where x.run_id = i.run_id and x.run_id between v_first and v_last
                    offset 0  -- a look by the key for each run, however many there are
                ) as r
                left join lateral (
                    select min(c.name) as name, min(c.version) as version
                    from hypermind.run_config_refs as c
                    where c.run_id = i.run_id and c.run_id between v_first and v_last and c.kind = 'agent'
                    having count(distinct (c.config_id, c.version)) = 1
                ) as a on true
                cross join lateral (
                    select o.status, o.ended_at, o.events, o.input_tokens, o.output_tokens, o.cost
                    from hypermind.run_outcomes as o
                    where o.run_id = i.run_id and o.run_id between v_first and v_last
                    union all
                    select h.status, h.last_recorded_at, h.last_seq, t.input_tokens, t.output_tokens, t.cost
                    from hypermind.run_heads as h
                    cross join lateral (
                        select coalesce(sum(x.input_tokens), 0)::bigint as input_tokens,
                               coalesce(sum(x.output_tokens), 0)::bigint as output_tokens, coalesce(sum(x.cost), 0) as cost
                        from hypermind.run_events as x
                        where x.run_id = i.run_id and x.run_id between v_first and v_last
                    ) as t
                    where h.run_id = i.run_id
                ) as e
            ),
            buckets as (
                select f.project_id, f.day, f.model, f.agent, f.agent_version, f.status, f.bucket, count(*) as runs,
                       sum(f.events) as events, sum(f.input_tokens) as input_tokens, sum(f.output_tokens) as output_tokens,
                       sum(f.cost) as cost
                from figures as f
                group by f.project_id, f.day, f.model, f.agent, f.agent_version, f.status, f.bucket
            )
            select b.project_id, 'run', b.day, v_period.period,
                   hypermind_private.canonical_hash(
                       jsonb_build_array(b.model, null, b.agent, b.agent_version, b.status, null)),
                   b.model, null::text, b.agent, b.agent_version, b.status, null::text,
                   sum(b.runs)::bigint, sum(b.events)::bigint, sum(b.input_tokens)::bigint, sum(b.output_tokens)::bigint,
                   sum(b.cost), array_agg(b.bucket order by b.bucket), array_agg(b.runs::integer order by b.bucket)
            from buckets as b
            group by b.project_id, b.day, b.model, b.agent, b.agent_version, b.status;
        end if;

        if 'event' = any (p_bases) then
            return query
            with buckets as (
                select e.project_id, e.day, e.model, e.tool, e.event_type, e.bucket, count(*) as events,
                       coalesce(sum(e.input_tokens), 0) as input_tokens, coalesce(sum(e.output_tokens), 0) as output_tokens,
                       coalesce(sum(e.cost), 0) as cost
                from unnest(v_period.run_ids) as i (run_id)
                cross join lateral (
                    select x.project_id, (x.occurred_at at time zone 'UTC')::date as day, x.model, x.tool, x.event_type,
                           hypermind_private.duration_bucket(p.occurred_at, x.occurred_at) as bucket,
                           x.input_tokens, x.output_tokens, x.cost
                    from hypermind.run_events as x
                    left join lateral (
                        select p.occurred_at
                        from hypermind.run_events as p
                        where p.run_id = i.run_id and p.run_id between v_first and v_last
                          and p.seq = x.parent_seq and x.event_type in ('model.responded', 'tool.returned')
                        offset 0  -- by the key, too: of a run that ANALYZE has not seen, a join would compare all with all
                    ) as p on true
                    where x.run_id = i.run_id and x.run_id between v_first and v_last
                    offset 0
                ) as e
                group by e.project_id, e.day, e.model, e.tool, e.event_type, e.bucket
            )
            select b.project_id, 'event', b.day, v_period.period,
                   hypermind_private.canonical_hash(jsonb_build_array(b.model, b.tool, null, null, null, b.event_type)),
                   b.model, b.tool, null::text, null::integer, null::text, b.event_type,
                   null::bigint, sum(b.events)::bigint, sum(b.input_tokens)::bigint, sum(b.output_tokens)::bigint, sum(b.cost),
                   coalesce(array_agg(b.bucket order by b.bucket) filter (where b.bucket is not null), '{}'),
                   coalesce(array_agg(b.events::integer order by b.bucket) filter (where b.bucket is not null), '{}')
            from buckets as b
            group by b.project_id, b.day, b.model, b.tool, b.event_type;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.run_figures(uuid[], text[]) is
$comment$What some runs, open or ended, contribute to the figures, as rows of rollups: no two with the same key. The one place for
the rule; refresh_rollups() stores what it says of ended runs, rollup() adds what it says of all others.

p_run_ids: each once. p_bases: run, event or both.
Basis run: the totals of whole runs, on the day of their id, by model, agent and status; how long they took from creation to end,
or to the last event so far. Basis event: each event on the day of its occurred_at, by type, model and tool as in its columns; for
model.responded and tool.returned that have a parent event, how long after it.$comment$;

commit;
