-- Deploy hypermind:functions/transition_run to pg
-- requires: functions/close_run
-- requires: functions/lock_open_run
-- requires: functions/transition_is_legal
-- requires: functions/transition_event
-- requires: functions/check_object
-- requires: functions/run_position
-- requires: tables/run_summaries
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.transition_run(
    p_run_id       uuid,
    p_status       text,
    p_payload      jsonb  default '{}',
    p_expected_seq bigint default null,
    p_epoch        bigint default null
)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_head     hypermind.run_heads;
    v_status   text;
    v_last_seq bigint;
    v_seq      bigint;
begin
    if p_status is null or p_status not in ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled') then
        perform hypermind_private.refuse_argument(
            'p_status', format('%L is no status', p_status),
            'Use running, paused, completed, failed or cancelled.');
    end if;
    perform hypermind_private.check_object('payload', p_payload);

    select * into v_head
    from hypermind.run_heads as h
    where h.run_id = p_run_id and hypermind_private.acts_for(h.project_role)
    for no key update;

    if found then
        v_status   := v_head.status;
        v_last_seq := v_head.last_seq;
    else
        perform hypermind_private.writable_run(p_run_id);
        select p.status, p.last_seq into v_status, v_last_seq from hypermind_private.run_position(p_run_id) as p;
    end if;

    -- A retry must succeed again, even one that names an expected_seq or an epoch.
    if v_status = p_status then
        return v_last_seq;
    end if;
    if not hypermind_private.transition_is_legal(v_status, p_status) then
        perform hypermind_private.refuse(
            'MH007',
            format('run %s is %s: it cannot become %s', p_run_id, v_status, p_status),
            jsonb_build_object('run_id', p_run_id, 'from', v_status, 'to', p_status),
            case when v_head.run_id is null then 'The run has ended for good. Fork it to go on from any of its steps.'
                 else 'A queued run can be started; a running one paused or ended; a paused one resumed, failed or cancelled.' end);
    end if;
    v_head := hypermind_private.lock_open_run(p_run_id, p_expected_seq, p_epoch);

    if p_status in ('completed', 'failed', 'cancelled') then
        return hypermind_private.close_run(v_head, p_status, p_payload);
    end if;

    v_seq := hypermind_private.append_once(
        p_run_id, hypermind_private.transition_event(v_head.status, p_status), p_payload);
    update hypermind.run_heads as h set status = p_status where h.run_id = p_run_id;
    update hypermind.run_summaries as s set status = p_status where s.run_id = p_run_id;

    return v_seq;
end
$function$;

comment on function hypermind.transition_run(uuid, text, jsonb, bigint, bigint) is
$comment$Moves a run to another status, appends the event that says so (run.started, run.resumed, run.paused, run.completed, run.failed,
run.cancelled), and returns its seq. A run that has the status already is left alone: its last seq is returned.

p_status: running, paused, completed, failed or cancelled; the last three are final, and turn the head into an outcome with totals.
p_payload: a JSON object to keep with the event: the response, the error, the reason.
p_expected_seq, p_epoch: as in append_event().

Raises MH001 (run not found), MH003 (expected_seq conflict), MH007 (illegal transition), MH009 (stale epoch), MH016 (invalid
argument), MH017 (value too large).$comment$;

grant execute on function hypermind.transition_run(uuid, text, jsonb, bigint, bigint) to hypermind_writer;

commit;
