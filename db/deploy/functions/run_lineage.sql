-- Deploy hypermind:functions/run_lineage to pg
-- requires: functions/listed_run
-- requires: tables/run_summaries
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.run_lineage(p_run_id uuid)
    returns table (
        run_id        uuid,
        parent_run_id uuid,
        relation      text,
        depth         integer,
        forked_at_seq bigint,
        mode          text,
        status        text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_run constant hypermind.run_summaries := hypermind_private.listed_run(p_run_id);
begin
    return query
    with recursive ancestors as (
        select v_run.run_id as run_id, v_run.parent_run_id as parent_run_id, 0 as depth, v_run.forked_at_seq as forked_at_seq,
               v_run.mode as mode
        union all
        select r.run_id, r.parent_run_id, a.depth - 1, r.forked_at_seq, r.mode
        from ancestors as a
        join hypermind.run_summaries as r on r.run_id = a.parent_run_id
        where r.project_id = v_run.project_id
    ),
    descendants as (
        select v_run.run_id as run_id, v_run.parent_run_id as parent_run_id, 0 as depth, v_run.forked_at_seq as forked_at_seq,
               v_run.mode as mode
        union all
        select r.run_id, r.parent_run_id, d.depth + 1, r.forked_at_seq, r.mode
        from descendants as d
        join hypermind.run_summaries as r on r.parent_run_id = d.run_id
        where r.project_id = v_run.project_id
    ),
    relatives as (
        select *, 'ancestor' as relation from ancestors as a where a.depth < 0
        union all
        select *, case d.depth when 0 then 'self' else 'descendant' end from descendants as d
    )
    select r.run_id, r.parent_run_id, r.relation, r.depth, r.forked_at_seq, r.mode, s.status
    from relatives as r
    join hypermind.run_summaries as s on s.run_id = r.run_id
    order by r.depth, r.run_id;
end
$function$;

comment on function hypermind.run_lineage(uuid) is
$comment$A run's family: the runs that it was forked from or judges, itself, and all that were made from it, eldest first.

relation: ancestor, self or descendant. depth: generations away, negative for ancestors. An ancestor that is gone ends the list;
parent_run_id still names it.

Raises MH001 (run not found).$comment$;

grant execute on function hypermind.run_lineage(uuid) to hypermind_reader;

commit;
