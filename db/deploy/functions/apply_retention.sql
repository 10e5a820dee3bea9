-- Deploy hypermind:functions/apply_retention to pg
-- requires: functions/plan_retention
-- requires: functions/erase_run
-- requires: functions/detach_period
-- requires: tables/erasures
-- requires: tables/projects
-- requires: tables/run_summaries
-- requires: functions/refuse
-- requires: functions/refuse_argument
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.apply_retention(p_period date, p_plan bytea)
    returns table (period date, action text, run_id uuid, runs bigint, events bigint, reason text, plan bytea)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_steps jsonb;
    v_step  record;
begin
    if p_period is null or p_plan is null then
        perform hypermind_private.refuse_argument(
            case when p_period is null then 'p_period' else 'p_plan' end, 'name the month and the plan that plan_retention() gave',
            'select * from hypermind.plan_retention(p_period).');
    end if;
    select jsonb_agg(to_jsonb(s)) into v_steps from hypermind.plan_retention(p_period) as s where s.plan = p_plan;
    if v_steps is null then
        perform hypermind_private.refuse(
            'MH033', format('what is to be done with %s has changed since it was planned', to_char(p_period, 'YYYY-MM')),
            jsonb_build_object('period', p_period, 'plan', encode(p_plan, 'hex')),
            'Look at plan_retention() again, and apply what it says now.');
    end if;

    -- Every erasure locks its project. All of them now, in one order: two that apply plans wait for each other in one direction.
    if jsonb_path_exists(v_steps, '$[*].action ? (@ == "erase")') then
        lock table hypermind.erasures in row exclusive mode;
        perform from hypermind.projects as p
        where p.project_id in (
            select s.project_id from hypermind.run_summaries as s
            where s.run_id in (select (e.step ->> 'run_id')::uuid from jsonb_array_elements(v_steps) as e (step)
                               where e.step ->> 'action' = 'erase'))
        order by p.project_id
        for no key update;
    end if;

    for v_step in
        select s.* from jsonb_to_recordset(v_steps) as s (
            period date, action text, run_id uuid, runs bigint, events bigint, reason text, plan bytea)
        where s.action in ('erase', 'detach')
        order by s.action desc, s.run_id
    loop
        if v_step.action = 'erase' then
            perform hypermind.erase_run(v_step.run_id, 'Retention: ' || v_step.reason);
        else
            perform hypermind.detach_period(p_period);
        end if;
        return query
        select v_step.period, v_step.action, v_step.run_id, v_step.runs, v_step.events, v_step.reason, v_step.plan;
    end loop;
end
$function$;

comment on function hypermind.apply_retention(date, bytea) is
$comment$Does what plan_retention() said of one month, if it still says the same, and nothing else, in one transaction: erases runs past their
maximum, and detaches the month. Returns the rows that it did.

p_period: the first day of the month, UTC. p_plan: the plan column of its rows.

Raises MH016 (invalid argument), MH024 (on hold), MH030 (something keeps the month), MH033 (the plan has changed), 55P03 (the tables are
in use: try again).$comment$;

grant execute on function hypermind.apply_retention(date, bytea) to hypermind_operator;

commit;
