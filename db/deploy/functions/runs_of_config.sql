-- Deploy hypermind:functions/runs_of_config to pg
-- requires: functions/find_runs
-- requires: functions/pinned_slots
-- requires: functions/readable_projects
-- requires: functions/check_page_limit
-- requires: functions/check_run_filters
-- requires: functions/cursor_position
-- requires: functions/config_ids
-- requires: functions/refuse_argument
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.runs_of_config(
    p_project_id uuid,
    p_kind       text,
    p_name       text,
    p_version    integer default null,
    p_status     text    default null,
    p_limit      integer default 50,
    p_cursor     text    default null
)
    returns table (
        run_id        uuid,
        slots         text[],
        versions      integer[],
        labels        text[],
        status        text,
        mode          text,
        agent         text,
        model         text,
        owner         text,
        tags          text[],
        title         text,
        created_at    timestamptz,
        ended_at      timestamptz,
        duration      interval,
        events        bigint,
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric,
        archive_id    uuid,
        location      text,
        cursor        text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_after    constant text[] := hypermind_private.cursor_position('runs_of_config', p_cursor, 'UUID');
    v_projects uuid[];
    v_configs  uuid[];
begin
    if p_project_id is null then
        perform hypermind_private.refuse_argument(
            'p_project_id', 'p_project_id is null: a config belongs to a project', 'list_runs() looks in several projects.');
    end if;
    perform hypermind_private.check_page_limit(p_limit);
    perform hypermind_private.check_run_filters(p_status, null, null);
    v_projects := hypermind_private.readable_projects(p_project_id, null);
    v_configs  := hypermind_private.config_ids(v_projects, coalesce(p_kind, ''), p_name, p_version);

    return query
    with page as materialized (
        select *
        from hypermind_private.find_runs(
            v_projects, '00000000-0000-0000-0000-000000000000', coalesce(v_after[1]::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
            p_limit, p_status, p_configs => v_configs, p_version => p_version)
    )
    -- What an archived run pinned it as is in its archive.
    select p.run_id, coalesce(c.slots, '{}'), coalesce(c.versions, '{}'), coalesce(c.labels, '{}'), p.status, p.mode, p.agent, p.model, p.owner, p.tags, p.title, p.created_at,
           p.ended_at, p.duration, p.events, p.input_tokens, p.output_tokens, p.cost, p.archive_id, p.location, 'runs_of_config:' || p.run_id
    from page as p
    left join hypermind_private.pinned_slots(array(select x.run_id from page as x), v_configs, p_version) as c on c.run_id = p.run_id
    order by p.run_id desc;
end
$function$;

comment on function hypermind.runs_of_config(uuid, text, text, integer, text, integer, text) is
$comment$A page of the runs that pinned a prompt, tool, agent or evaluator, newest first: which runs used this prompt version
and failed.

p_kind, p_name: which one. p_version: only runs that pinned this version. p_status: only runs that are queued, running, paused,
completed, failed or cancelled. p_limit: rows of a page, 1 to 1000. p_cursor: the cursor of the last row of the page before.
slots, versions, labels: what the run uses it as; a run may pin it more than once. The totals are NULL while a run is open.

No rows for a config that the project does not have.

Raises MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.runs_of_config(uuid, text, text, integer, text, integer, text) to hypermind_reader;

commit;
