-- Deploy hypermind:functions/run_lines to pg
-- requires: functions/run_rows
-- requires: functions/run_ends
-- requires: tables/projects

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_lines(p_periods text[], p_counts integer[], p_run_ids uuid[])
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
        forked_at_seq bigint
    )
    language plpgsql
    stable
as $function$
begin
    return query
    select r.run_id, r.project_id, p.workspace, p.name, r.mode, r.agent, r.model, r.owner, r.tags, r.title, e.status, e.last_seq,
           r.created_at, e.ended_at, e.last_at - r.created_at, e.last_seq, e.input_tokens, e.output_tokens, e.cost,
           r.parent_run_id, r.forked_at_seq
    from hypermind_private.run_rows(p_periods, p_counts, p_run_ids) as r
    join hypermind_private.run_ends(p_periods, p_counts, p_run_ids) as e on e.run_id = r.run_id
    join hypermind.projects as p on p.project_id = r.project_id
    order by r.run_id desc;
end
$function$;

comment on function hypermind_private.run_lines(text[], integer[], uuid[]) is
$comment$What lists show of runs, newest first; the arguments are as for run_rows(). The columns are those of run_overview, and
a title.$comment$;

commit;
