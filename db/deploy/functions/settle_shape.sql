-- Deploy hypermind:functions/settle_shape to pg
-- requires: functions/compute_state
-- requires: functions/json_patch
-- requires: functions/json_merge_patch
-- requires: functions/state_shape
-- requires: tables/run_heads
-- requires: functions/check_state_bounds
-- requires: functions/json_depth_ok

begin;

set local role hypermind_owner;

create or replace function hypermind_private.settle_shape(p_run_id uuid, p_seq bigint, p_deltas jsonb[])
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_state jsonb := hypermind_private.compute_state(p_run_id, p_seq);
    v_delta jsonb;
begin
    foreach v_delta in array p_deltas loop
        if jsonb_typeof(v_delta) = 'array' then
            v_state := hypermind_private.json_patch(v_state, v_delta);
        else
            v_state := hypermind_private.json_merge_patch(v_state, v_delta);
        end if;
    end loop;

    perform hypermind_private.check_state_bounds(pg_column_size(v_state), hypermind_private.json_depth_ok(v_state, 200));

    -- snapshot_bytes + delta_bytes stays an upper bound of the state's size: a copy adds more than its own.
    update hypermind.run_heads as h
    set state_shape = hypermind_private.state_shape(v_state),
        delta_bytes = greatest(h.delta_bytes, pg_column_size(v_state) - h.snapshot_bytes)
    where h.run_id = p_run_id;
end
$function$;

comment on function hypermind_private.settle_shape(uuid, bigint, jsonb[]) is
$comment$Applies deltas, not yet recorded, to the state after p_seq, and keeps the shape that results: how a delta is checked when
the shape alone cannot tell whether it applies. The caller has locked the head.

Raises MH008 (a patch does not apply), MH017 (the state would be too large or too deep).$comment$;

commit;
