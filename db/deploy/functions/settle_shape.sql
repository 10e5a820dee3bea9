-- Deploy hypermind:functions/settle_shape to pg
-- requires: functions/compute_state
-- requires: functions/json_patch
-- requires: functions/json_merge_patch
-- requires: functions/state_shape
-- requires: tables/run_heads

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

    update hypermind.run_heads as h
    set state_shape = hypermind_private.state_shape(v_state)
    where h.run_id = p_run_id;
end
$function$;

comment on function hypermind_private.settle_shape(uuid, bigint, jsonb[]) is
$comment$Applies deltas, not yet recorded, to the state after p_seq, and keeps the shape that results: how a delta is checked when
the shape alone cannot tell whether it applies. The caller has locked the head.

Raises MH008 (a patch does not apply).$comment$;

commit;
