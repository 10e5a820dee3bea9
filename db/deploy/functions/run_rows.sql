-- Deploy hypermind:functions/run_rows to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_rows(p_periods text[], p_counts integer[], p_run_ids uuid[])
    returns table (
        run_id        uuid,
        project_id    uuid,
        mode          text,
        agent         text,
        model         text,
        owner         text,
        tags          text[],
        title         text,
        created_at    timestamptz,
        parent_run_id uuid,
        forked_at_seq bigint
    )
    language plpgsql
    stable
as $function$
declare
    v_first integer := 1;
begin
    for i in 1 .. cardinality(p_periods) loop
        for run_id, project_id, mode, agent, model, owner, tags, title, created_at, parent_run_id, forked_at_seq
        in execute format(
            'select r.run_id, r.project_id, r.mode, r.agent, r.model, r.owner, r.tags, '
            'case when pg_column_size(r.metadata) <= 16384 then left(r.metadata ->> ''title'', 200) end, '
            'r.created_at, r.parent_run_id, r.forked_at_seq '
            'from hypermind_private.%I as r where r.run_id = any ($1)', 'runs_' || p_periods[i])
        using p_run_ids[v_first : v_first + p_counts[i] - 1]
        loop
            return next;
        end loop;

        v_first := v_first + p_counts[i];
    end loop;
end
$function$;

comment on function hypermind_private.run_rows(text[], integer[], uuid[]) is
$comment$What a list shows of the rows of runs. p_run_ids are those of the first period, p_counts[1] of them, then those of the
next.

A statement for each table and period: joined, they would take three times as long to plan, and longer than to run.
title: the member "title" of the metadata, its first 200 characters; NULL when the metadata take more than 16 KiB.$comment$;

commit;
