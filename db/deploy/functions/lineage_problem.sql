-- Deploy hypermind:functions/lineage_problem to pg
-- requires: tables/runs
-- requires: functions/event_hash_at

begin;

set local role hypermind_owner;

create or replace function hypermind_private.lineage_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select 1::bigint, 'runs', format('the parent %s has another event at seq %s than when it was forked', r.parent_run_id, r.forked_at_seq)
    from hypermind.runs as r
    join hypermind.runs as parent on parent.run_id = r.parent_run_id
    where r.run_id = p_run_id
      and r.forked_at_seq is not null
      and hypermind_private.event_hash_at(r.parent_run_id, r.forked_at_seq) is distinct from r.parent_event_hash;
end
$function$;

comment on function hypermind_private.lineage_problem(uuid) is
$comment$Whether the parent, where it is still here, has another event at the fork than it had; no row if not.$comment$;

commit;
