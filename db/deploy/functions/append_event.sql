-- Deploy hypermind:functions/append_event to pg
-- requires: functions/append_once
-- requires: functions/check_event
-- requires: functions/event_is_plain
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.append_event(
    p_run_id        uuid,
    p_event_type    text,
    p_payload       jsonb       default '{}',
    p_state_delta   jsonb       default null,
    p_parent_seq    bigint      default null,
    p_expected_seq  bigint      default null,
    p_event_id      uuid        default null,
    p_epoch         bigint      default null,
    p_model         text        default null,
    p_tool          text        default null,
    p_tags          text[]      default null,
    p_input_tokens  bigint      default null,
    p_output_tokens bigint      default null,
    p_cost          numeric     default null,
    p_occurred_at   timestamptz default null
)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_seq bigint;
begin
    if hypermind_private.event_is_plain(
           p_event_type, p_payload, p_state_delta, p_model, p_tool, p_tags, p_input_tokens, p_output_tokens, p_cost, p_occurred_at)
       is not true then
        perform hypermind_private.check_event(
            p_event_type, p_payload, p_state_delta, p_model, p_tool, p_tags, p_input_tokens, p_output_tokens, p_cost, p_occurred_at);
    end if;

    if p_event_id is null then
        return hypermind_private.append_once(
            p_run_id, p_event_type, p_payload, p_state_delta, p_parent_seq, p_expected_seq, p_event_id, p_epoch, p_model, p_tool,
            p_tags, p_input_tokens, p_output_tokens, p_cost, p_occurred_at);
    end if;

    begin
        return hypermind_private.append_once(
            p_run_id, p_event_type, p_payload, p_state_delta, p_parent_seq, p_expected_seq, p_event_id, p_epoch, p_model, p_tool,
            p_tags, p_input_tokens, p_output_tokens, p_cost, p_occurred_at);
    exception
        when unique_violation or sqlstate 'MH006' or sqlstate 'MH008' or sqlstate 'MH017' or sqlstate 'MH025' then
            -- The head has gone back with the subtransaction. A patch that applied the first time may not apply twice, and the
            -- contract may have changed since, or what it applied to was erased.
            v_seq := hypermind_private.appended_before(
                p_run_id, p_event_id, p_event_type, p_payload, p_state_delta, p_parent_seq, p_model, p_tool, p_tags,
                p_input_tokens, p_output_tokens, p_cost, p_occurred_at);
            if v_seq is null and sqlstate <> '23505' then
                raise;
            end if;
    end;

    if v_seq is null then
        raise exception using
            errcode = '40001',
            message = format('event %s was appended to run %s by a transaction that this one cannot see', p_event_id, p_run_id),
            hint    = 'Run the transaction again.';
    end if;
    return v_seq;
end
$function$;

comment on function hypermind.append_event(
    uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamptz
) is
$comment$Appends one event to an open run (queued, running or paused) and returns its seq.

p_event_type: lower-case words joined by dots, such as model.responded; run.*, artifact.attached and snapshot.taken are reserved.
p_payload: a JSON object, at most 16 MiB as text. It meets the contract of its type, if there is one (see event_types).
p_state_delta: what the event changes in the state: an array is a JSON Patch (RFC 6902), an object a merge patch (RFC 7396).
p_parent_seq: the earlier event that this one is a step of.
p_expected_seq: the seq the caller believes to be the last; NULL appends unconditionally.
p_event_id: idempotency key; the same key and content returns the first seq again, whatever has changed since.
p_epoch: what claim_run() returned; refused once another worker has claimed the run. NULL does not check it.
p_model, p_tool, p_tags, p_input_tokens, p_output_tokens, p_cost: kept in columns of their own, for filters and sums. Where they are
left out, the contract says which members of the payload they are.
p_occurred_at: when it happened; now if left out.

More than 64 appends with an event_id in one transaction are slow (a subtransaction each): use append_events().

Raises MH001 (run not found), MH002 (run closed), MH003 (expected_seq conflict), MH005 (event_id reused), MH006 (contract
violation), MH008 (bad state delta), MH009 (stale epoch), MH011 (reserved event type), MH012 (seq out of range), MH016 (invalid
argument), MH017 (value too large), MH020 (unknown event type), MH025 (the patch needs a state that was erased).$comment$;

grant execute on function hypermind.append_event(
    uuid, text, jsonb, jsonb, bigint, bigint, uuid, bigint, text, text, text[], bigint, bigint, numeric, timestamptz
) to hypermind_writer;

commit;
