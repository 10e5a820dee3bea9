-- Deploy hypermind:functions/appended_before to pg
-- requires: functions/writable_run
-- requires: functions/refuse
-- requires: tables/run_events
-- requires: functions/contract_version
-- requires: functions/contract_accepts
-- requires: functions/token_count
-- requires: functions/money

begin;

set local role hypermind_owner;

create or replace function hypermind_private.appended_before(
    p_run_id        uuid,
    p_event_id      uuid,
    p_event_type    text,
    p_payload       jsonb,
    p_state_delta   jsonb,
    p_parent_seq    bigint,
    p_model         text,
    p_tool          text,
    p_tags          text[],
    p_input_tokens  bigint,
    p_output_tokens bigint,
    p_cost          numeric,
    p_occurred_at   timestamptz
)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_event    hypermind.run_events;
    v_contract hypermind.contracts;
    v_same     boolean;
begin
    perform hypermind_private.writable_run(p_run_id);

    select * into v_event from hypermind.run_events as e where e.run_id = p_run_id and e.event_id = p_event_id;
    if not found then
        return null;
    end if;

    -- What the client left out, the contract of that time filled. The content of an erased event is unknown: that it met that
    -- contract must do. A client that leaves occurred_at out means now.
    if v_event.contract_version is not null then
        v_contract := hypermind_private.contract_version(v_event.event_type, v_event.project_id, v_event.contract_version);
    end if;
    v_same := case when v_event.salt is not null
                   then (v_event.payload, v_event.state_delta) is not distinct from (p_payload, p_state_delta)
                   when v_contract.version is not null then hypermind_private.contract_accepts(v_contract, p_payload)
                   else true end;

    if v_same then
        v_same := (v_event.event_type, v_event.parent_seq, v_event.model, v_event.tool, v_event.tags, v_event.input_tokens,
                   v_event.output_tokens, v_event.cost)
                  is not distinct from (
                      p_event_type, p_parent_seq, coalesce(p_model, p_payload ->> v_contract.model_member),
                      coalesce(p_tool, p_payload ->> v_contract.tool_member), p_tags,
                      coalesce(p_input_tokens, hypermind_private.token_count(p_payload, v_contract.input_tokens_member)),
                      coalesce(p_output_tokens, hypermind_private.token_count(p_payload, v_contract.output_tokens_member)),
                      coalesce(p_cost, hypermind_private.money(p_payload, v_contract.cost_member)))
                  and v_event.occurred_at = coalesce(p_occurred_at, v_event.occurred_at);
    end if;

    if not v_same then
        perform hypermind_private.refuse(
            'MH005',
            format('event %s of run %s was appended before, as seq %s, with other content', p_event_id, p_run_id, v_event.seq),
            jsonb_build_object('run_id', p_run_id, 'event_id', p_event_id, 'seq', v_event.seq),
            'Give every event an id of its own, and repeat an id only to retry the same append.');
    end if;

    return v_event.seq;
end
$function$;

comment on function hypermind_private.appended_before(
    uuid, uuid, text, jsonb, jsonb, bigint, text, text, text[], bigint, bigint, numeric, timestamptz
) is
$comment$The seq of the event that an earlier append with this event_id and the same content made; NULL when there is none.

Raises MH001 (run not found), MH005 (the id was used for other content).$comment$;

commit;
