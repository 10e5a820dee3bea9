-- Deploy hypermind:functions/end_expired_run to pg
-- requires: functions/close_run
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.end_expired_run(p_run_id uuid, p_before timestamptz)
    returns boolean
    language plpgsql
    volatile
as $function$
declare
    v_head    hypermind.run_heads;
    v_expired text;
begin
    -- Looked at again under the lock: its worker may have renewed the claim by now. Whoever holds the lock is at work.
    select * into v_head
    from hypermind.run_heads as h
    where h.run_id = p_run_id and h.status in ('queued', 'running') and h.claim_expires_at < p_before
    for no key update skip locked;

    if not found then
        return false;
    end if;

    v_expired := to_char(v_head.claim_expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
    perform hypermind_private.close_run(
        v_head, 'failed',
        jsonb_build_object(
            'error.type', 'claim_expired',
            'message', format('The claim of %s ended at %s. It was not renewed, and nobody else took the run.',
                              v_head.claimed_by, v_expired),
            'error', jsonb_build_object('claimed_by', v_head.claimed_by, 'claim_expires_at', v_expired, 'epoch', v_head.epoch)));
    return true;
end
$function$;

comment on function hypermind_private.end_expired_run(uuid, timestamptz) is
$comment$Ends a run as failed, whatever project it is of, if it is queued or running and its claim ended before p_before. Returns
whether it did: not, when somebody is writing to the run or has claimed it meanwhile.

A paused run waits on purpose, for a person perhaps, and needs no worker: it is left alone.

Raises what close_run() does.$comment$;

commit;
