-- Deploy hypermind:functions/readable_state to pg
-- requires: tables/run_state_snapshots
-- requires: functions/state_after

begin;

set local role hypermind_owner;

create or replace function hypermind_private.readable_state(p_run_id uuid, p_seq bigint)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
declare
    v_from  bigint;
    v_state jsonb;
begin
    select s.seq, s.state into v_from, v_state
    from hypermind.run_state_snapshots as s
    where s.run_id = p_run_id and s.seq <= p_seq and s.state is not null
    order by s.seq desc
    limit 1;

    -- A run starts from {}, but for a fork: where its base state is gone, so are the states that follow from it.
    if not found and not exists (select from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.seq = 0) then
        v_state := '{}';
    end if;

    return hypermind_private.state_after(p_run_id, v_state, coalesce(v_from, 0), p_seq);
end
$function$;

comment on function hypermind_private.readable_state(uuid, bigint) is
$comment$The state of a run after the event p_seq: the nearest snapshot at or before it, folded with the later deltas. A run without
a base state starts from {}. NULL when content that led to it was erased.$comment$;

commit;
