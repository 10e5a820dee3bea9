-- Deploy hypermind:functions/diff_state to pg
-- requires: functions/state_at
-- requires: functions/json_diff
-- requires: roles/hypermind_reader
-- requires: functions/readable_seq

begin;

set local role hypermind_owner;

create or replace function hypermind.diff_state(p_run_id uuid, p_seq_a bigint, p_seq_b bigint)
    returns jsonb
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
begin
    return hypermind_private.json_diff(
        hypermind_private.compute_state(p_run_id, hypermind_private.readable_seq(p_run_id, p_seq_a, 0)),
        hypermind_private.compute_state(p_run_id, hypermind_private.readable_seq(p_run_id, p_seq_b, 0)));
end
$function$;

comment on function hypermind.diff_state(uuid, bigint, bigint) is
$comment$The JSON Patch (RFC 6902) that turns the state after p_seq_a into the state after p_seq_b, in either direction; [] when they are
equal. NULL stands for the last seq.

Raises MH001 (run not found), MH012 (seq out of range), MH025 (content that led to one of them was erased).$comment$;

grant execute on function hypermind.diff_state(uuid, bigint, bigint) to hypermind_reader;

commit;
