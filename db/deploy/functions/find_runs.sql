-- Deploy hypermind:functions/find_runs to pg
-- requires: functions/run_query
-- requires: tables/run_heads
-- requires: tables/run_summaries
-- requires: tables/run_tools

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
    p_parent_run_id uuid    default null
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
        location      text
    )
    language plpgsql
    stable
as $function$
begin
    if p_projects = '{}' or p_configs = '{}' then
        return;
    end if;

    return query execute hypermind_private.run_query(
        p_projects, p_status, p_mode, p_agent, p_model, p_owner, p_tags, p_tool, p_configs, p_version, p_parent_run_id)
    using p_projects, p_projects[1], p_from, p_before, p_limit, p_status, p_mode, p_agent, p_model, p_owner, p_tool,
          p_parent_run_id;
end
$function$;

comment on function hypermind_private.find_runs(
    uuid[], uuid, uuid, integer, text, text, text, text, text, text[], text, uuid[], integer, uuid
) is
$comment$The p_limit newest runs of the projects that pass every filter that is not NULL, newest first, with what lists show of
them. The columns are those of run_overview, and a title; the totals of open runs are NULL.

p_from, p_before: run ids from the one to before the other. p_configs: runs that pinned one of these, in p_version if given;
p_tags: runs that have all of these.$comment$;

commit;
