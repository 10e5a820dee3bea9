-- Deploy hypermind:functions/run_query to pg
-- requires: functions/project_tags
-- requires: tables/run_heads
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_query(
    p_projects      uuid[],
    p_status        text,
    p_mode          text,
    p_agent         text,
    p_model         text,
    p_owner         text,
    p_tags          text[],
    p_tool          text,
    p_configs       uuid[],
    p_version       integer,
    p_parent_run_id uuid
)
    returns text
    language plpgsql
    stable
as $function$
declare
    v_many    constant boolean := cardinality(p_projects) > 1;
    -- Each project's newest by its index, then the newest of these. Tags are looked up for all projects at once instead: the
    -- planner knows how frequent each is in each, and no index has their runs in order. With a tool it does not know which is rarer.
    v_each    constant boolean := v_many and (p_tags is null or p_tool is not null);
    v_project constant text := case when v_each then 'p.project_id' when v_many then 'any ($1)' else '$2' end;
    v_scope   constant text := format('r.project_id = %s and r.run_id >= $3 and r.run_id < $4', v_project);
    v_ends    constant text := case when p_status in ('queued', 'running', 'paused') then 'hypermind.run_heads'
                                    else 'hypermind_private.run_outcomes_PERIOD' end;
    v_of_run  constant text := concat(
        case when p_mode is not null then ' and r.mode = $7' end,
        case when p_agent is not null then ' and r.agent = $8' end,
        case when p_model is not null then ' and r.model = $9' end,
        case when p_owner is not null then ' and r.owner = $10' end,
        case when p_tags is not null then ' and case when r.tags @> $15 then true end' end,
        (select string_agg(
                    format(' and hypermind_private.project_tags(r.project_id, r.tags) && %L::bytea[]', array(
                        select (hypermind_private.project_tags(p.project_id, array[t.tag]))[1]
                        from unnest(p_projects) as p (project_id))), '')
         from unnest(p_tags) as t (tag)),
        case when p_parent_run_id is not null then ' and r.parent_run_id = $14' end);
    v_by_tool   constant text := case when p_tool is not null then
        ' and exists (select from hypermind_private.run_events_PERIOD as e '
        'where e.project_id = r.project_id and e.tool = $11 and e.run_id = r.run_id)' end;
    v_by_config constant text := case when p_configs is not null then
        ' and exists (select from hypermind_private.run_config_refs_PERIOD as c '
        'where c.run_id = r.run_id and c.config_id = any ($12)'
        || case when p_version is not null then ' and c.version = $13' else '' end || ')' end;
    -- Configs are of one project each: their versions say which.
    v_by_pins   constant boolean := v_of_run = '' and p_status is null and p_tool is null and p_configs is not null;
    v_page      text;
begin
    if v_of_run = '' and p_status is not null then
        v_page := format('select r.run_id from %s as r where r.status = $6 and %s', v_ends, v_scope)
                  || concat(v_by_tool, v_by_config);
    elsif v_of_run = '' and p_tool is not null and p_configs is null then
        -- From one run to the next: a run may have used the tool many times.
        v_page := format(
            'with recursive u as ('
            '(select r.run_id, 1 as n from hypermind_private.run_events_PERIOD as r where r.tool = $11 and %1$s '
            'order by r.run_id desc limit 1) '
            'union all '
            'select n.run_id, u.n + 1 from u cross join lateral ('
            'select r.run_id from hypermind_private.run_events_PERIOD as r '
            'where r.tool = $11 and %1$s and r.run_id < u.run_id order by r.run_id desc limit 1) as n where u.n < $5) '
            'select u.run_id from u where true', v_scope);
    elsif v_by_pins then
        v_page := format(
            'select distinct r.run_id from hypermind.config_versions as v cross join lateral ('
            'select distinct r.run_id from hypermind_private.run_config_refs_PERIOD as r '
            'where r.config_id = v.config_id and r.version = v.version and r.run_id >= $3 and r.run_id < $4 '
            'order by r.run_id desc limit $5) as r '
            'where v.config_id = any ($12)%s', case when p_version is not null then ' and v.version = $13' end);
    else
        v_page := format('select r.run_id from hypermind_private.runs_PERIOD as r where %s', v_scope) || v_of_run
                  || case when p_status is not null then format(
                         ' and exists (select from %s as s where s.project_id = r.project_id and s.status = $6 '
                         'and s.run_id = r.run_id)', v_ends) else '' end
                  || concat(v_by_tool, v_by_config);
    end if;

    v_page := v_page || ' order by run_id desc limit $5';
    if v_each and not v_by_pins then
        v_page := format(
            'select m.run_id from unnest($1) as p (project_id) cross join lateral (%s) as m '
            'order by m.run_id desc limit $5', v_page);
    end if;
    v_page := replace(v_page, 'hypermind_private.runs_PERIOD', 'hypermind_private.%1$I');
    v_page := replace(v_page, 'hypermind_private.run_outcomes_PERIOD', 'hypermind_private.%2$I');
    v_page := replace(v_page, 'hypermind_private.run_config_refs_PERIOD', 'hypermind_private.%3$I');
    v_page := replace(v_page, 'hypermind_private.run_events_PERIOD', 'hypermind_private.%4$I');
    return 'select array(' || v_page || ')';
end
$function$;

comment on function hypermind_private.run_query(
    uuid[], text, text, text, text, text, text[], text, uuid[], integer, uuid
) is
$comment$The statement by which find_runs() looks into one period: an array of run ids, newest first. format() puts the names of
the period's leaves in: of runs, run_outcomes, run_config_refs and run_events. Only what is asked for is in it, so that each
period gets the plan that suits.

$1 projects, $2 the only project, $3 and $4 the range of ids, $5 how many, $6 status, $7 mode, $8 agent, $9 model, $10 owner,
$11 tool, $12 configs, $13 their version, $14 parent, $15 tags.$comment$;

commit;
