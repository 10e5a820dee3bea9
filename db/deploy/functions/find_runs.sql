-- Deploy hypermind:functions/find_runs to pg
-- requires: functions/run_query
-- requires: functions/periods_between
-- requires: functions/period_end
-- requires: functions/uuidv7_floor
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.find_runs(
    p_projects      uuid[],
    p_from          uuid,
    p_before        uuid,
    p_limit         integer,
    p_status        text,
    p_mode          text    default null,
    p_agent         text    default null,
    p_model         text    default null,
    p_owner         text    default null,
    p_tags          text[]  default null,
    p_tool          text    default null,
    p_configs       uuid[]  default null,
    p_version       integer default null,
    p_parent_run_id uuid    default null,
    out periods     text[],
    out counts      integer[],
    out run_ids     uuid[]
)
    language plpgsql
    stable
as $function$
declare
    v_query constant text := hypermind_private.run_query(
        p_projects, p_status, p_mode, p_agent, p_model, p_owner, p_tags, p_tool, p_configs, p_version, p_parent_run_id);
    -- Is there anything in the period at all? Asked first where the statement above takes long to plan. Newest first, for the
    -- index: a probe for something frequent had rather read the table.
    v_probe constant text := 'select true where true' || concat(
        case when p_tool is null then ''
             when cardinality(p_projects) = 1 then
            ' and (select e.run_id from hypermind_private.%2$I as e '
            'where e.project_id = $7 and e.tool = $2 and e.run_id >= $5 and e.run_id < $6 '
            'order by e.run_id desc limit 1) is not null'
             else
            ' and exists (select from unnest($1) as p (project_id) cross join lateral ('
            'select from hypermind_private.%2$I as e '
            'where e.project_id = p.project_id and e.tool = $2 and e.run_id >= $5 and e.run_id < $6 '
            'order by e.run_id desc limit 1) as e)' end,
        case when p_configs is not null then
            ' and exists (select from unnest($3) as p (config_id) cross join lateral ('
            'select from hypermind_private.%1$I as c '
            'where c.config_id = p.config_id and c.run_id >= $5 and c.run_id < $6'
            || case when p_version is not null then ' and c.version = $4' else '' end
            || ' order by c.version, c.run_id desc limit 1) as c)' end);
    v_there boolean;
    -- Open runs are all in one table: there, the period is a range of ids.
    v_open  constant boolean := coalesce(p_status in ('queued', 'running', 'paused'), false);
    v_start timestamptz;
    v_from  uuid    := p_from;
    v_to    uuid    := p_before;
    v_left  integer := p_limit;
    v_found uuid[];
    v_name  text;
begin
    periods := '{}';
    counts  := '{}';
    run_ids := '{}';
    if p_projects = '{}' or p_configs = '{}' then
        return;
    end if;

    for v_name in select * from hypermind_private.periods_between(p_from, p_before) loop
        if p_tool is not null or p_configs is not null then
            execute format(v_probe, 'run_config_refs_' || v_name, 'run_events_' || v_name)
            into v_there
            using p_projects, p_tool, p_configs, p_version, p_from, p_before, p_projects[1];
            continue when v_there is null;
        end if;

        if v_open then
            v_start := make_timestamptz(
                substr(v_name, 2, length(v_name) - 3)::integer, right(v_name, 2)::integer, 1, 0, 0, 0, 'UTC');
            v_from  := greatest(p_from, hypermind.uuidv7_floor(v_start));
            v_to    := least(p_before, hypermind.uuidv7_floor(hypermind_private.period_end(v_start)));
        end if;
        execute format(
            v_query, 'runs_' || v_name, 'run_outcomes_' || v_name, 'run_config_refs_' || v_name, 'run_events_' || v_name)
        into v_found
        using p_projects, p_projects[1], v_from, v_to, v_left, p_status, p_mode, p_agent, p_model, p_owner, p_tool,
              p_configs, p_version, p_parent_run_id, p_tags;

        if v_found <> '{}' then
            periods := periods || v_name;
            counts  := counts || cardinality(v_found);
            run_ids := run_ids || v_found;
            v_left  := v_left - cardinality(v_found);
            exit when v_left = 0;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.find_runs(
    uuid[], uuid, uuid, integer, text, text, text, text, text, text[], text, uuid[], integer, uuid
) is
$comment$The p_limit newest runs of the projects that pass every filter that is not NULL, newest first, as run_lines() takes
them: the periods that they are in, how many are in each, and their ids.

It goes from period to period, and stops when the page is full. p_from, p_before: run ids from the one to before the other.
p_configs: runs that pinned one of these, in p_version if given; p_tags: runs that have all of these.$comment$;

commit;
