-- Deploy hypermind:functions/claim_run to pg
-- requires: functions/lock_open_run
-- requires: functions/check_text
-- requires: roles/hypermind_writer
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind.claim_run(
    p_run_id     uuid,
    p_claimed_by text,
    p_ttl        interval default '1 minute',
    p_epoch      bigint   default null
)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_now   constant timestamptz := hypermind_private.clock();
    v_head  hypermind.run_heads;
    v_epoch bigint;
begin
    perform hypermind_private.check_text('p_claimed_by', p_claimed_by, 200);
    if p_ttl is null
       or p_ttl not between interval '1 second' and interval '7 days' and (p_ttl <> interval '0' or p_epoch is null) then
        perform hypermind_private.refuse_argument(
            'p_ttl', format('p_ttl is %s: it must be from one second to 7 days', coalesce(p_ttl::text, 'null')),
            'Claim for as long as a worker may be silent, and renew the claim in time. With p_epoch, 0 lets the run go.');
    end if;

    v_head := hypermind_private.lock_open_run(p_run_id, null, p_epoch);
    if v_head.claimed_by <> p_claimed_by and v_head.claim_expires_at > v_now then
        perform hypermind_private.refuse(
            'MH010',
            format('run %s is claimed by %s until %s', p_run_id, v_head.claimed_by,
                   to_char(v_head.claim_expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
            jsonb_build_object('run_id', p_run_id, 'claimed_by', v_head.claimed_by,
                               'claim_expires_at', v_head.claim_expires_at, 'epoch', v_head.epoch),
            'Take another run, or try again when the claim has expired.');
    end if;

    if p_ttl = interval '0' then
        update hypermind.run_heads as h set claimed_by = null, claim_expires_at = null where h.run_id = p_run_id;
        return v_head.epoch;
    end if;

    -- A renewal keeps the epoch. Everything else, a restarted worker of the same name included, shuts out the writer before it.
    update hypermind.run_heads as h
    set claimed_by       = p_claimed_by,
        claim_expires_at = v_now + p_ttl,
        epoch            = h.epoch + (p_epoch is null or h.claimed_by is distinct from p_claimed_by)::integer
    where h.run_id = p_run_id
    returning h.epoch into v_epoch;

    return v_epoch;
end
$function$;

comment on function hypermind.claim_run(uuid, text, interval, bigint) is
$comment$Claims an open run for one worker and returns the epoch of the claim. Whoever appends with an older epoch is refused from then
on, so that a worker that was thought dead cannot write.

p_claimed_by: name of the worker, up to 200 characters.
p_ttl: for how long, one second to 7 days; then others may claim the run. Where nobody does, and the claim is not renewed either,
maintain() ends a queued or running run as failed. With p_epoch, 0 gives the claim back: the run waits for whoever claims it next.
p_epoch: NULL makes a new claim, with a new epoch; the current epoch renews the claim and keeps it.

Raises MH001 (run not found), MH002 (run closed), MH009 (stale epoch: the claim to renew is lost), MH010 (claimed by another),
MH016 (invalid argument).$comment$;

grant execute on function hypermind.claim_run(uuid, text, interval, bigint) to hypermind_writer;

commit;
