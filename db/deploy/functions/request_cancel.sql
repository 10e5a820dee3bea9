-- Deploy hypermind:functions/request_cancel to pg
-- requires: functions/lock_open_run
-- requires: functions/append_once
-- requires: roles/hypermind_writer
-- requires: functions/check_text

begin;

set local role hypermind_owner;

create or replace function hypermind.request_cancel(p_run_id uuid, p_reason text default null)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_head hypermind.run_heads;
    v_seq  bigint;
begin
    if p_reason is not null then
        perform hypermind_private.check_text('p_reason', p_reason, 2000);
    end if;

    v_head := hypermind_private.lock_open_run(p_run_id, null, null);
    if v_head.cancel_requested_seq is not null then
        return v_head.cancel_requested_seq;
    end if;

    v_seq := hypermind_private.append_once(
        p_run_id, 'run.cancel_requested',
        jsonb_strip_nulls(jsonb_build_object('reason', p_reason, 'requested_by', hypermind_private.caller())));
    update hypermind.run_heads as h set cancel_requested_seq = v_seq where h.run_id = p_run_id;

    return v_seq;
end
$function$;

comment on function hypermind.request_cancel(uuid, text) is
$comment$Asks whoever works on an open run to stop: appends run.cancel_requested once, and returns its seq, then and on every later call.

The run goes on until somebody calls transition_run(..., 'cancelled'). Workers read run_heads.cancel_requested_seq.
p_reason: up to 2000 characters, kept in the event.

Raises MH001 (run not found), MH002 (run closed), MH016 (invalid argument).$comment$;

grant execute on function hypermind.request_cancel(uuid, text) to hypermind_writer;

commit;
