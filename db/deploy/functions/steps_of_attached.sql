-- Deploy hypermind:functions/steps_of_attached to pg
-- requires: functions/period_bounds
-- requires: functions/obstacles
-- requires: functions/due_obstacles
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.steps_of_attached(p_period date, p_overdue boolean)
    returns table (action text, run_id uuid, runs bigint, events bigint, reason text)
    language plpgsql
    volatile
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
    v_stays  jsonb;
    v_step   text;
begin
    select count(*), sum(s.events) into runs, events
    from hypermind.run_summaries as s
    where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id is null;
    select jsonb_object_agg(o.reason, to_jsonb(o)) into v_stays
    from (
        select distinct on (b.reason) b.*
        from (select * from hypermind_private.obstacles(p_period)
              union all
              select * from hypermind_private.due_obstacles(p_period)) as b
        order by b.reason, b.run_id
    ) as o;

    v_step := case when v_stays is null and not p_overdue then 'detach'
                   when v_stays ?| '{period_not_over, run_open, no_policy, not_due}' then null
                   when v_stays ?| '{not_archived, run_not_archived}' then 'archive'
                   when v_stays ? 'erasure_not_archived' then 'rewrite' end;
    if v_step is not null then
        return query
        select v_step, null::uuid, steps_of_attached.runs, steps_of_attached.events,
               coalesce(v_stays #>> '{not_archived, explanation}', v_stays #>> '{run_not_archived, explanation}',
                        v_stays #>> '{erasure_not_archived, explanation}', 'every run is archived, and past its minimum');
    end if;

    return query
    select 'keep', (o.value ->> 'run_id')::uuid, steps_of_attached.runs, steps_of_attached.events, o.value ->> 'explanation'
    from jsonb_each(v_stays) as o
    where o.key not like '%not_archived'
    order by o.key;
end
$function$;

comment on function hypermind_private.steps_of_attached(date, boolean) is
$comment$What plan_retention() says of a month with runs in the run tables. p_overdue: runs of it are erased first; then its archive
has to be written again before it can go.$comment$;

commit;
