-- Deploy hypermind:functions/event_depths to pg
-- requires: tables/run_events

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_depths(p_period text, p_run_id uuid, p_seqs bigint[])
    returns integer[]
    language plpgsql
    stable
as $function$
declare
    v_depths integer[];
begin
    execute format(
        $query$
            with recursive up as (
                select s.seq, s.seq as step, -1 as depth
                from unnest($2) as s (seq)
                union all
                select u.seq, e.parent_seq, u.depth + 1
                from up as u
                join hypermind_private.%I as e on e.run_id = $1 and e.seq = u.step
                where u.depth < 64
            ),
            depths as (select u.seq, max(u.depth) as depth from up as u group by u.seq)
            select array_agg(d.depth order by s.ord)
            from unnest($2) with ordinality as s (seq, ord)
            join depths as d on d.seq = s.seq
        $query$, 'run_events_' || p_period)
    into v_depths
    using p_run_id, p_seqs;

    return v_depths;
end
$function$;

comment on function hypermind_private.event_depths(text, uuid, bigint[]) is
$comment$How many events each of these events of a run is nested in, by parent_seq, in the order given; 64 stands for all that are
deeper. Their seqs differ from each other.$comment$;

commit;
