-- Deploy hypermind:functions/append_events to pg
-- requires: functions/append_batch_once
-- requires: functions/check_batch
-- requires: roles/hypermind_writer
-- requires: functions/refuse_repeated_ids
-- requires: functions/batch_appended_before

begin;

set local role hypermind_owner;

create or replace function hypermind.append_events(
    p_run_id       uuid,
    p_events       jsonb,
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
    v_last_seq bigint;
begin
    perform hypermind_private.check_batch(p_events);

    begin
        return hypermind_private.append_batch_once(p_run_id, p_events, p_expected_seq, p_epoch);
    exception
        when unique_violation or sqlstate 'MH006' or sqlstate 'MH008' or sqlstate 'MH017' or sqlstate 'MH020' then
            -- The head has gone back with the subtransaction. A patch that applied the first time may not apply twice, and the
            -- contract may have changed since.
            if p_events @? '$[*].event_id' then
                v_last_seq := hypermind_private.batch_appended_before(p_run_id, p_events);
            end if;
            if v_last_seq is null and sqlstate <> '23505' then
                raise;
            end if;
    end;

    if v_last_seq is null then
        perform hypermind_private.refuse_repeated_ids(p_run_id, p_events);
    end if;
    return v_last_seq;
end
$function$;

comment on function hypermind.append_events(uuid, jsonb, bigint, bigint) is
$comment$Appends many events to an open run, all or none of them, and returns the last seq.

p_events: a JSON array of 1 to 10,000 objects, at most 64 MiB. Keys, as the arguments of append_event() without p_: event_type
(required), payload, state_delta, parent_seq, event_id, model, tool, tags, input_tokens, output_tokens, cost, occurred_at. Other
keys are refused.
p_expected_seq: the seq the caller believes to be the last; the events get the numbers after it.
p_epoch: what claim_run() returned.

The same batch, with an event_id for every event, returns the same seq again.

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH005 (event_id reused), MH006 (contract
violation), MH008 (bad state delta), MH009 (stale epoch), MH011 (reserved event type), MH012 (seq out of range), MH016 (invalid
argument), MH017 (value too large), MH020 (unknown event type), MH025 (a patch needs a state that was erased).$comment$;

grant execute on function hypermind.append_events(uuid, jsonb, bigint, bigint) to hypermind_writer;

commit;
