-- Deploy hypermind:functions/activity to pg
-- requires: functions/readable_projects
-- requires: functions/check_page_limit
-- requires: functions/check_types
-- requires: functions/check_time_range
-- requires: functions/cursor_position
-- requires: functions/find_events
-- requires: functions/event_preview
-- requires: functions/microseconds
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.activity(
    p_project_id uuid        default null,
    p_workspace  text        default null,
    p_from       timestamptz default null,
    p_to         timestamptz default null,
    p_types      text[]      default null,
    p_limit      integer     default 50,
    p_cursor     text        default null
)
    returns table (
        run_id        uuid,
        seq           bigint,
        project_id    uuid,
        event_type    text,
        parent_seq    bigint,
        occurred_at   timestamptz,
        recorded_at   timestamptz,
        model         text,
        tool          text,
        tags          text[],
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric,
        preview       text,
        payload_bytes integer,
        erased        boolean,
        cursor        text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_after   constant text[] := hypermind_private.cursor_position('activity', p_cursor, 'NUMBER:UUID:NUMBER');
    v_found   record;
begin
    perform hypermind_private.check_page_limit(p_limit);
    perform hypermind_private.check_types(p_types);
    perform hypermind_private.check_time_range(p_from, p_to, interval '31 days');

    select array_agg(f.period) as periods, array_agg(f.run_id) as run_ids, array_agg(f.seq) as seqs
    into v_found
    from (
        select f.period, f.run_id, f.seq
        from hypermind_private.find_events(
            hypermind_private.readable_projects(p_project_id, p_workspace), p_from, p_to, nullif(p_types, '{}'), p_limit,
            'epoch'::timestamptz + v_after[1]::bigint * interval '1 microsecond', v_after[2]::uuid, v_after[3]::bigint) as f
        order by f.recorded_at desc, f.run_id desc, f.seq desc
        limit p_limit
    ) as f;

    if v_found.periods is null then
        return;
    end if;

    for run_id, seq, project_id, event_type, parent_seq, occurred_at, recorded_at, model, tool, tags, input_tokens, output_tokens,
        cost, preview, payload_bytes, erased
    in execute (
        select 'select e.run_id, e.seq, e.project_id, e.event_type, e.parent_seq, e.occurred_at, e.recorded_at, e.model, e.tool, '
               'e.tags, e.input_tokens, e.output_tokens, e.cost, '
               'case when e.bytes <= 131072 and sum(e.bytes) filter (where e.bytes <= 131072) over w <= 2097152 '
               'then hypermind.event_preview(e.payload) end, e.bytes, e.bytes is null from ('
               || string_agg(format(
                      'select e.*, pg_column_size(e.payload) as bytes from unnest($1, $2, $3) as f (period, run_id, seq) '
                      'join hypermind_private.%I as e on e.run_id = f.run_id and e.seq = f.seq '
                      'where f.period = %L', 'run_events_' || p.period, p.period), ' union all ')
               || ') as e window w as (order by e.recorded_at desc, e.run_id desc, e.seq desc) '
               'order by e.recorded_at desc, e.run_id desc, e.seq desc'
        from (select distinct u.period from unnest(v_found.periods) as u (period)) as p)
        using v_found.periods, v_found.run_ids, v_found.seqs
    loop
        cursor := concat_ws(':', 'activity', hypermind_private.microseconds(recorded_at), run_id, seq);
        return next;
    end loop;
end
$function$;

comment on function hypermind.activity(uuid, text, timestamptz, timestamptz, text[], integer, text) is
$comment$A page of what was recorded in all runs of a project, or of several, between two moments: newest first, by the
server's time.

p_project_id, p_workspace: one project, or all readable projects of a workspace; by default all that the caller reads.
p_from, p_to: from the one moment to before the other, at most 31 days apart; both are required.
p_types: events of these types only; without an index of their own, so that a rare type in a long range takes time.
p_limit: rows of a page, 1 to 1000. p_cursor: the cursor of the last row of the page before.
preview, payload_bytes, erased: as in run_timeline().

It looks into every period that has runs: a run records its events in the period it began in, however late.

Raises MH015 (project not found), MH016 (invalid argument).$comment$;

grant execute on function hypermind.activity(uuid, text, timestamptz, timestamptz, text[], integer, text) to hypermind_reader;

commit;
