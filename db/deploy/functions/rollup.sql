-- Deploy hypermind:functions/rollup to pg
-- requires: tables/rollups
-- requires: tables/rollup_pending
-- requires: tables/run_summaries
-- requires: functions/run_figures
-- requires: functions/bucket_seconds
-- requires: functions/readable_projects
-- requires: functions/refuse_argument
-- requires: functions/uuidv7_floor
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.rollup(
    p_project_id uuid,
    p_workspace  text,
    p_from       date,
    p_to         date,
    p_basis      text   default 'run',
    p_group_by   text[] default '{day}'
)
    returns table (
        basis         text,
        project_id    uuid,
        day           date,
        model         text,
        tool          text,
        agent         text,
        agent_version integer,
        status        text,
        event_type    text,
        runs          bigint,
        events        bigint,
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric,
        durations     bigint,
        p50           double precision,
        p90           double precision,
        p95           double precision,
        p99           double precision
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_projects   uuid[];
    v_dimensions text[];
    v_not_stored uuid[];
begin
    if p_basis is null or p_basis not in ('run', 'event') then
        perform hypermind_private.refuse_argument(
            'p_basis', format('%L is no basis', left(p_basis, 100)),
            'Use run, for runs by their start, or event, for events by their time.');
    end if;
    v_dimensions := '{project, day, model}'::text[]
        || case p_basis when 'run' then '{agent, agent_version, status}'::text[] else '{tool, event_type}' end;
    if p_group_by is null or not p_group_by <@ v_dimensions then
        perform hypermind_private.refuse_argument(
            'p_group_by', format('p_group_by is %s: figures of the basis %s can be grouped by %s',
                                 coalesce(left(p_group_by::text, 200), 'null'), p_basis, array_to_string(v_dimensions, ', ')),
            'Leave it out for figures by day; {} gives the total.');
    end if;
    -- Bounds first: no arithmetic overflows within them.
    if p_from is null or p_to is null or p_from < '0001-01-01' or p_to > '10001-01-01' or p_to < p_from
       or p_to > p_from + interval '5 years' then
        perform hypermind_private.refuse_argument(
            'p_from', format('the days from %s to before %s are no range of at most 5 years',
                             coalesce(p_from::text, 'null'), coalesce(p_to::text, 'null')),
            'p_from is the first day, p_to the one after the last.');
    end if;
    v_projects := hypermind_private.readable_projects(p_project_id, p_workspace);

    -- What is not stored. When an event of a run happened does not follow from its id.
    select array_agg(n.run_id) into v_not_stored
    from (
        select s.run_id
        from hypermind.run_summaries as s
        where s.project_id = any (v_projects) and s.status in ('queued', 'running', 'paused')
        union all
        select q.run_id from hypermind.rollup_pending as q where q.project_id = any (v_projects)
    ) as n
    where p_basis = 'event'
       or n.run_id >= hypermind.uuidv7_floor(p_from::timestamp at time zone 'UTC')
          and n.run_id < hypermind.uuidv7_floor(p_to::timestamp at time zone 'UTC');

    return query
    with figures as (
        select r.*
        from hypermind.rollups as r
        where r.project_id = any (v_projects) and r.basis = p_basis and r.day >= p_from and r.day < p_to
        union all
        select f.*
        from hypermind_private.run_figures(v_not_stored, array[p_basis]) as f
        where v_not_stored is not null and f.day >= p_from and f.day < p_to
    ),
    keyed as (
        select case when 'project' = any (p_group_by) then f.project_id end as project_id,
               case when 'day' = any (p_group_by) then f.day end as day,
               case when 'model' = any (p_group_by) then f.model end as model,
               case when 'tool' = any (p_group_by) then f.tool end as tool,
               case when 'agent' = any (p_group_by) then f.agent end as agent,
               case when 'agent_version' = any (p_group_by) then f.agent_version end as agent_version,
               case when 'status' = any (p_group_by) then f.status end as status,
               case when 'event_type' = any (p_group_by) then f.event_type end as event_type,
               f.runs, f.events, f.input_tokens, f.output_tokens, f.cost, f.buckets, f.counts
        from figures as f
    ),
    numbered as (
        select k.*,
               dense_rank() over (order by k.project_id, k.day, k.model, k.tool, k.agent, k.agent_version, k.status, k.event_type)
                   as line
        from keyed as k
    ),
    sums as (
        select n.line, n.project_id, n.day, n.model, n.tool, n.agent, n.agent_version, n.status, n.event_type,
               sum(n.runs)::bigint as runs, sum(n.events)::bigint as events, sum(n.input_tokens)::bigint as input_tokens,
               sum(n.output_tokens)::bigint as output_tokens, sum(n.cost) as cost
        from numbered as n
        group by n.line, n.project_id, n.day, n.model, n.tool, n.agent, n.agent_version, n.status, n.event_type
    ),
    histograms as (
        select u.line, u.bucket, sum(u.durations)::double precision as durations  -- numeric is what would take the time here
        from (select n.line, unnest(n.buckets) as bucket, unnest(n.counts) as durations from numbered as n) as u
        group by u.line, u.bucket
    ),
    ranks as (
        select h.line, h.bucket, sum(h.durations) over (partition by h.line order by h.bucket rows unbounded preceding) as rank,
               sum(h.durations) over (partition by h.line) as durations
        from histograms as h
    ),
    percentiles as (
        select k.line, max(k.durations)::bigint as durations,
               min(k.bucket) filter (where k.rank >= k.durations * 0.50) as p50,
               min(k.bucket) filter (where k.rank >= k.durations * 0.90) as p90,
               min(k.bucket) filter (where k.rank >= k.durations * 0.95) as p95,
               min(k.bucket) filter (where k.rank >= k.durations * 0.99) as p99
        from ranks as k
        group by k.line
    )
    select p_basis, s.project_id, s.day, s.model, s.tool, s.agent, s.agent_version, s.status, s.event_type,
           s.runs, s.events, s.input_tokens, s.output_tokens, s.cost, coalesce(p.durations, 0),
           hypermind_private.bucket_seconds(p.p50), hypermind_private.bucket_seconds(p.p90),
           hypermind_private.bucket_seconds(p.p95), hypermind_private.bucket_seconds(p.p99)
    from sums as s
    left join percentiles as p on p.line = s.line
    where s.events > 0
    order by s.line;
end
$function$;

comment on function hypermind.rollup(uuid, text, date, date, text, text[]) is
$comment$How many runs, events and tokens, what they cost and how long they took, of the days from p_from to before p_to (UTC), a
row for each group that has any. Right at any moment: stored figures of ended runs, and, read as they are now, those of open
runs and of ended ones that refresh_rollups() has not got to.

p_project_id, p_workspace: one project, or all readable ones of a workspace; both NULL: all that the caller reads.
p_basis: run counts whole runs on the day they started (the time of their id), durations from creation to end, or to the last
event so far; event counts events on the day they happened (occurred_at), durations of model.responded and tool.returned since
their parent event. p_from, p_to: at most 5 years.
p_group_by: some of project, day, model; for runs also agent, agent_version, status; for events also tool, event_type; {} is the
total. A column that is not asked for is NULL. agent_version is the version of the agent that the run pinned, if it was one.
runs is NULL for events. p50 to p99: seconds that as many percent of the durations do not exceed (nearest rank), right to 4.8 %.

Raises MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.rollup(uuid, text, date, date, text, text[]) to hypermind_reader;

commit;
