-- Deploy hypermind:views/run_overview to pg
-- requires: tables/run_heads
-- requires: tables/run_summaries
-- requires: tables/run_events
-- requires: policies/run_summaries
-- requires: functions/archive_location

begin;

set local role hypermind_owner;

create view hypermind.run_overview
with (security_invoker = true)
as
select s.run_id,
       s.project_id,
       p.workspace,
       p.name as project,
       s.mode,
       s.agent,
       s.model,
       s.owner,
       s.tags,
       s.status,
       coalesce(h.last_seq, s.events) as last_seq,
       s.created_at,
       s.ended_at,
       coalesce(s.ended_at, h.last_recorded_at) - s.created_at as duration,
       coalesce(h.last_seq, s.events) as events,
       coalesce(s.input_tokens, t.input_tokens, 0) as input_tokens,
       coalesce(s.output_tokens, t.output_tokens, 0) as output_tokens,
       coalesce(s.cost, t.cost, 0) as cost,
       s.parent_run_id,
       s.forked_at_seq,
       s.archive_id,
       hypermind.archive_location(s.archive_id) as location
from hypermind.run_summaries as s
join hypermind.projects as p on p.project_id = s.project_id
left join hypermind.run_heads as h on h.run_id = s.run_id
left join lateral (
    select sum(e.input_tokens)::bigint as input_tokens, sum(e.output_tokens)::bigint as output_tokens, sum(e.cost) as cost
    from hypermind.run_events as e
    where e.run_id = h.run_id
) as t on true;

comment on view hypermind.run_overview is
    'One line a run, open or closed, with its status and totals. Of open runs it sums the events.';
comment on column hypermind.run_overview.status is 'queued, running, paused, completed, failed or cancelled.';
comment on column hypermind.run_overview.duration is 'From its creation to its end, or to its last event so far.';
comment on column hypermind.run_overview.input_tokens is 'Sum over its events; of an open run, so far.';
comment on column hypermind.run_overview.output_tokens is 'Sum over its events; of an open run, so far.';
comment on column hypermind.run_overview.cost is 'Sum over its events; of an open run, so far.';
comment on column hypermind.run_overview.archive_id is 'The archive that has its rows; NULL while they are here.';
comment on column hypermind.run_overview.location is 'Where that archive is.';

grant select on hypermind.run_overview to hypermind_reader;

commit;
