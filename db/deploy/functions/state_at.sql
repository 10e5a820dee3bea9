-- Deploy hypermind:functions/state_at to pg
-- requires: functions/compute_state
-- requires: functions/readable_run
-- requires: functions/run_position
-- requires: functions/check_seq
-- requires: roles/hypermind_reader
-- requires: functions/readable_seq

begin;

set local role hypermind_owner;

create or replace function hypermind.state_at(p_run_id uuid, p_seq bigint default null)
    returns jsonb
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
begin
    return hypermind_private.compute_state(p_run_id, hypermind_private.readable_seq(p_run_id, p_seq, 0));
end
$function$;

comment on function hypermind.state_at(uuid, bigint) is
$comment$The state of a run after the event p_seq: 0 is the state it started from, NULL the last.

Raises MH001 (run not found), MH012 (seq out of range), MH025 (content that led to it was erased).$comment$;

grant execute on function hypermind.state_at(uuid, bigint) to hypermind_reader;

commit;
