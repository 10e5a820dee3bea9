-- Deploy hypermind:functions/find_artifacts to pg
-- requires: functions/readable_projects
-- requires: functions/readable_run
-- requires: functions/check_page_limit
-- requires: functions/cursor_position
-- requires: functions/periods_between
-- requires: functions/refuse_argument
-- requires: functions/uuidv7_floor
-- requires: tables/run_artifacts
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.find_artifacts(
    p_project_id uuid        default null,
    p_workspace  text        default null,
    p_kind       text        default null,
    p_media_type text        default null,
    p_sha256     bytea       default null,
    p_run_id     uuid        default null,
    p_from       timestamptz default null,
    p_to         timestamptz default null,
    p_limit      integer     default 50,
    p_cursor     text        default null
)
    returns table (
        run_id      uuid,
        artifact_id uuid,
        project_id  uuid,
        seq         bigint,
        kind        text,
        media_type  text,
        uri         text,
        sha256      bytea,
        size_bytes  bigint,
        metadata    jsonb,
        created_at  timestamptz,
        cursor      text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_after    constant text[] := hypermind_private.cursor_position('find_artifacts', p_cursor, 'UUID:NUMBER');
    v_projects constant uuid[] := hypermind_private.readable_projects(p_project_id, p_workspace);
    v_many     constant boolean := cardinality(v_projects) > 1;
    v_page     constant text := concat(
        'select a.* from hypermind_private.%I as a where a.run_id >= $3 and a.run_id <= $4 and a.project_id = ',
        case when v_many then 'p.project_id' else '$2' end,
        case when p_kind is not null then ' and a.kind = $6' end,
        case when p_media_type is not null then ' and a.media_type = $7' end,
        case when p_sha256 is not null then ' and a.sha256 = $8' end,
        case when p_run_id is not null then ' and a.run_id = $9' end,
        case when p_to is not null then ' and a.run_id < $10' end,
        case when p_cursor is not null then ' and (a.run_id, a.seq) < ($12, $11)' end,
        ' order by run_id desc, seq desc limit $5');
    v_query    constant text := format(
        'select a.run_id, a.artifact_id, a.project_id, a.seq, a.kind, a.media_type, a.uri, a.sha256, a.size_bytes, '
        'case when pg_column_size(a.metadata) <= 16384 then a.metadata end, '
        'a.created_at from (%s) as a order by a.run_id desc, a.seq desc',
        case when v_many then format(
            'select m.* from unnest($1) as p (project_id) cross join lateral (%s) as m '
            'order by run_id desc, seq desc limit $5', v_page) else v_page end);
    v_from     constant uuid := coalesce(p_run_id, hypermind.uuidv7_floor(p_from), '00000000-0000-0000-0000-000000000000');
    v_to       constant uuid := least(
        hypermind.uuidv7_floor(p_to), v_after[1]::uuid, p_run_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    v_left     integer := p_limit;
    v_period   text;
begin
    perform hypermind_private.check_page_limit(p_limit);
    if length(p_sha256) <> 32 then
        perform hypermind_private.refuse_argument(
            'p_sha256', 'p_sha256 must be the 32 bytes of a SHA-256', 'From hex: decode(''...'', ''hex'').');
    end if;
    if p_run_id is not null then
        perform hypermind_private.readable_run(p_run_id);
    end if;

    for v_period in
        select * from hypermind_private.periods_between(v_from, v_to) where v_projects <> '{}'
    loop
        for run_id, artifact_id, project_id, seq, kind, media_type, uri, sha256, size_bytes, metadata, created_at
        in execute format(v_query, 'run_artifacts_' || v_period)
            using v_projects, v_projects[1], v_from, v_to, v_left, p_kind, p_media_type, p_sha256, p_run_id,
                  hypermind.uuidv7_floor(p_to), v_after[2]::bigint, v_after[1]::uuid
        loop
            cursor := concat_ws(':', 'find_artifacts', run_id, seq);
            v_left := v_left - 1;
            return next;
        end loop;

        exit when v_left = 0;
    end loop;
end
$function$;

comment on function hypermind.find_artifacts(
    uuid, text, text, text, bytea, uuid, timestamptz, timestamptz, integer, text
) is
$comment$A page of the artifacts of the runs that the caller may read: those of the newest run first, in a run the newest first.

p_project_id, p_workspace: one project, or all readable projects of a workspace; by default all that the caller reads.
p_kind, p_media_type, p_sha256: as given to attach_artifact(). p_run_id: those of one run.
p_from, p_to: of runs created from the one moment to before the other, by the time in their ids.
p_limit: rows of a page, 1 to 1000. p_cursor: the cursor of the last row of the page before.
metadata: NULL once erased, and when they take more than 16 KiB; run_artifacts has these.

Raises MH001 (run not found), MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.find_artifacts(
    uuid, text, text, text, bytea, uuid, timestamptz, timestamptz, integer, text
) to hypermind_reader;

commit;
