-- Deploy hypermind:functions/compute_state to pg
-- requires: functions/readable_state
-- requires: functions/refuse_erased_state

begin;

set local role hypermind_owner;

create or replace function hypermind_private.compute_state(p_run_id uuid, p_seq bigint)
    returns jsonb
    language plpgsql
    stable
    parallel safe
as $function$
declare
    v_state constant jsonb := hypermind_private.readable_state(p_run_id, p_seq);
begin
    if v_state is null then
        perform hypermind_private.refuse_erased_state(p_run_id, p_seq);
    end if;
    return v_state;
end
$function$;

comment on function hypermind_private.compute_state(uuid, bigint) is
$comment$The state of a run after the event p_seq, as readable_state() finds it.

Raises MH025 (content that led to it was erased).$comment$;

commit;
