-- Deploy hypermind:functions/refuse_append to pg
-- requires: functions/writable_run
-- requires: functions/check_seq
-- requires: tables/run_heads
-- requires: functions/check_event_contract

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_append(
    p_run_id       uuid,
    p_expected_seq bigint,
    p_epoch        bigint,
    p_parent_seq   bigint,
    p_event_type   text  default null,
    p_payload      jsonb default null
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_head   hypermind.run_heads;
    v_status text;
begin
    perform hypermind_private.writable_run(p_run_id);

    select * into v_head from hypermind.run_heads as h where h.run_id = p_run_id;
    if not found then
        select p.status into v_status from hypermind_private.run_position(p_run_id) as p;
        perform hypermind_private.refuse(
            'MH002',
            format('run %s is %s: nothing can be added to it', p_run_id, v_status),
            jsonb_build_object('run_id', p_run_id, 'status', v_status),
            'Fork it, or record what came later as a run of its own with this run as its parent.');
    end if;
    if p_epoch is not null and p_epoch <> v_head.epoch then
        perform hypermind_private.refuse(
            'MH009',
            format('epoch %s of run %s is over: the run is at epoch %s', p_epoch, p_run_id, v_head.epoch),
            jsonb_build_object('run_id', p_run_id, 'epoch', p_epoch, 'current_epoch', v_head.epoch,
                               'claimed_by', v_head.claimed_by),
            'Another worker has claimed the run. Stop writing to it.');
    end if;
    if p_expected_seq is not null and p_expected_seq <> v_head.last_seq then
        perform hypermind_private.refuse(
            'MH003',
            format('run %s is at seq %s, not at %s', p_run_id, v_head.last_seq, p_expected_seq),
            jsonb_build_object('run_id', p_run_id, 'expected_seq', p_expected_seq, 'actual_seq', v_head.last_seq),
            'Read the run again, and decide again.');
    end if;
    if p_parent_seq is not null then
        perform hypermind_private.check_seq(p_run_id, p_parent_seq, 1, v_head.last_seq);
    end if;
    if p_event_type is not null then
        perform hypermind_private.check_event_contract(p_event_type, v_head.project_id, p_payload);
    end if;

    -- What refused the append is gone again: another transaction has just changed the head.
    raise exception using
        errcode = '40001',
        message = format('run %s changed while this append was refused', p_run_id),
        hint    = 'Run the transaction again.';
end
$function$;

comment on function hypermind_private.refuse_append(uuid, bigint, bigint, bigint, text, jsonb) is
$comment$Finds out why a head took no event, and raises it. Only refused appends come here.

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH006 (contract violation), MH009 (stale epoch),
MH012 (seq out of range), MH017 (nested too deep for its contract), MH020 (unknown event type), 40001 (run the transaction
again).$comment$;

commit;
