-- Deploy hypermind:functions/list_runs to pg
-- requires: functions/find_runs
-- requires: functions/readable_projects
-- requires: functions/check_page_limit
-- requires: functions/check_run_filters
-- requires: functions/cursor_position
-- requires: functions/config_ids
-- requires: functions/uuidv7_floor
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.list_runs(
    p_project_id     uuid        default null,
    p_workspace      text        default null,
    p_status         text        default null,
    p_mode           text        default null,
    p_agent          text        default null,
    p_model          text        default null,
    p_owner          text        default null,
    p_tags           text[]      default null,
    p_tool           text        default null,
    p_config_kind    text        default null,
    p_config_name    text        default null,
    p_config_version integer     default null,
    p_parent_run_id  uuid        default null,
    p_from           timestamptz default null,
    p_to             timestamptz default null,
    p_limit          integer     default 50,
    p_cursor         text        default null
)
    returns table (
        run_id        uuid,
        project_id    uuid,
        workspace     text,
        project       text,
        mode          text,
        agent         text,
        model         text,
        owner         text,
        tags          text[],
        title         text,
        status        text,
        last_seq      bigint,
        created_at    timestamptz,
        ended_at      timestamptz,
        duration      interval,
        events        bigint,
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric,
        parent_run_id uuid,
        forked_at_seq bigint,
        archive_id    uuid,
        location      text,
        cursor        text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_after    constant text[] := hypermind_private.cursor_position('list_runs', p_cursor, 'UUID');
    v_projects uuid[];
    v_configs  uuid[];
begin
    perform hypermind_private.check_page_limit(p_limit);
    perform hypermind_private.check_run_filters(p_status, p_mode, p_tags);
    v_projects := hypermind_private.readable_projects(p_project_id, p_workspace);
    v_configs  := hypermind_private.config_ids(v_projects, p_config_kind, p_config_name, p_config_version);

    return query
    select f.*, 'list_runs:' || f.run_id
    from hypermind_private.find_runs(
        v_projects,
        coalesce(hypermind.uuidv7_floor(p_from), '00000000-0000-0000-0000-000000000000'),
        least(hypermind.uuidv7_floor(p_to), v_after[1]::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        p_limit, p_status, p_mode, p_agent, p_model, p_owner, nullif(p_tags, '{}'), p_tool, v_configs, p_config_version,
        p_parent_run_id) as f;
end
$function$;

comment on function hypermind.list_runs(
    uuid, text, text, text, text, text, text, text[], text, text, text, integer, uuid, timestamptz, timestamptz, integer, text
) is
$comment$A page of the runs that the caller may read, newest first: what run_overview has of each, its title (the member
"title" of its metadata), and a cursor. A run passes when it passes every filter that is given.

p_project_id, p_workspace: one project, or all readable projects of a workspace; by default all that the caller reads.
p_status: queued, running, paused, completed, failed or cancelled. p_mode, p_agent, p_model, p_owner: as given to create_run().
p_tags: the run has all of these. p_tool: one of its events names this tool.
p_config_kind, p_config_name, p_config_version: it pinned this prompt, tool, agent or evaluator, in this version if one is
given.
p_parent_run_id: it was forked from this run, or judges it, or belongs to it.
p_from, p_to: it was created from the one moment to before the other, by the time in its id.
p_limit: rows of a page, 1 to 1000. p_cursor: the cursor of the last row of the page before.

input_tokens, output_tokens and cost are NULL while a run is open: run_overview sums them, for one run or a few. archive_id, location:
of the archive that has the rows of the run; NULL while they are here.

Raises MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.list_runs(
    uuid, text, text, text, text, text, text, text[], text, text, text, integer, uuid, timestamptz, timestamptz, integer, text
) to hypermind_reader;

commit;
