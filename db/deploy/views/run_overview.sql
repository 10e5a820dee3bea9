-- Deploy hypermind:views/run_overview to pg
-- requires: tables/run_heads
-- requires: tables/run_outcomes
-- requires: tables/runs
-- requires: tables/run_events
-- requires: policies/runs

begin;

set local role hypermind_owner;

create view hypermind.run_overview
with (security_invoker = true)
as
select r.run_id,
       r.project_id,
       p.workspace,
       p.name as project,
       r.mode,
       r.agent,
       r.model,
       r.owner,
       r.tags,
       e.status,
       e.last_seq,
       r.created_at,
       e.ended_at,
       coalesce(e.ended_at, e.last_recorded_at) - r.created_at as duration,
       e.events,
       e.input_tokens,
       e.output_tokens,
       e.cost,
       r.parent_run_id,
       r.forked_at_seq
from hypermind.runs as r
join hypermind.projects as p on p.project_id = r.project_id
left join lateral (
    select h.status, h.last_seq, h.last_recorded_at, null::timestamptz as ended_at, h.last_seq as events,
           t.input_tokens, t.output_tokens, t.cost
    from hypermind.run_heads as h
    cross join lateral (
        select coalesce(sum(e.input_tokens), 0)::bigint as input_tokens,
               coalesce(sum(e.output_tokens), 0)::bigint as output_tokens,
               coalesce(sum(e.cost), 0) as cost
        from hypermind.run_events as e
        where e.run_id = h.run_id
    ) as t
    where h.run_id = r.run_id
    union all
    select o.status, o.last_seq, o.ended_at, o.ended_at, o.events, o.input_tokens, o.output_tokens, o.cost
    from hypermind.run_outcomes as o
    where o.run_id = r.run_id
) as e on true;

comment on view hypermind.run_overview is
    'One line a run, open or closed, with its status and totals. Give it a project_id or a range of run_id: it reads no more then.';
comment on column hypermind.run_overview.status is 'queued, running, paused, completed, failed or cancelled.';
comment on column hypermind.run_overview.duration is 'From its creation to its end, or to its last event so far.';
comment on column hypermind.run_overview.input_tokens is 'Sum over its events; of an open run, so far.';
comment on column hypermind.run_overview.output_tokens is 'Sum over its events; of an open run, so far.';
comment on column hypermind.run_overview.cost is 'Sum over its events; of an open run, so far.';

grant select on hypermind.run_overview to hypermind_reader;

commit;
