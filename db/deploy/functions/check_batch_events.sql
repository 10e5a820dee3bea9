-- Deploy hypermind:functions/check_batch_events to pg
-- requires: functions/event_inputs
-- requires: functions/check_event
-- requires: functions/event_is_plain
-- requires: functions/shape_after
-- requires: functions/refuse
-- requires: functions/check_parent_seq
-- requires: functions/contracts_of
-- requires: functions/quickly_accepts
-- requires: functions/check_event_contract

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_batch_events(
    p_events jsonb, p_head hypermind.run_heads, p_versions jsonb, out shape jsonb
)
    language plpgsql
    volatile
as $function$
declare
    v_strict  constant boolean := (
        select p.enforcement = 'strict' from hypermind.projects as p where p.project_id = p_head.project_id);
    v_event   record;
    v_message text;
    v_detail  text;
    v_hint    text;
begin
    shape := p_head.state_shape;

    -- What check_event() is known to pass, and its contract at a glance, needs no call: most events.
    for v_event in
        select i.*, c.version, c.accepts, c.closed
        from hypermind_private.event_inputs(p_events) as i
        left join hypermind_private.contracts_of(p_versions, p_head.project_id) as c on c.subject = i.event_type
        where case when c.version is null or i.parent_seq is not null
                        or hypermind_private.event_is_plain(
                               i.event_type, i.payload, i.state_delta, i.model, i.tool, i.tags, i.input_tokens, i.output_tokens,
                               i.cost, i.occurred_at) is not true
                   then true
                   else not hypermind_private.quickly_accepts(c.accepts, c.closed, i.payload) end
        order by i.ord
    loop
        perform hypermind_private.check_event(
            v_event.event_type, v_event.payload, v_event.state_delta, v_event.model, v_event.tool, v_event.tags,
            v_event.input_tokens, v_event.output_tokens, v_event.cost, v_event.occurred_at);
        if v_event.parent_seq is not null then
            perform hypermind_private.check_parent_seq(v_event.parent_seq, p_head.last_seq + v_event.ord);
        end if;
        -- Once the shape cannot tell, the whole batch is applied to the state itself, later.
        if v_event.state_delta is not null and shape is not null then
            shape := hypermind_private.shape_after(shape, v_event.state_delta);
        end if;
        if v_event.version is null and v_strict
           or v_event.version is not null
              and not hypermind_private.quickly_accepts(v_event.accepts, v_event.closed, v_event.payload) then
            perform hypermind_private.check_event_contract(
                v_event.event_type, p_head.project_id, v_event.payload, coalesce(v_event.version, 0));
        end if;
    end loop;
exception
    when sqlstate 'MH006' or sqlstate 'MH008' or sqlstate 'MH011' or sqlstate 'MH012' or sqlstate 'MH016' or sqlstate 'MH017'
         or sqlstate 'MH020' then
        get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
        perform hypermind_private.refuse(
            sqlstate, format('event %s of the batch: %s', v_event.ord, v_message),
            coalesce(nullif(v_detail, '')::jsonb, '{}') || jsonb_build_object('event', v_event.ord), v_hint);
end
$function$;

comment on function hypermind_private.check_batch_events(jsonb, hypermind.run_heads, jsonb) is
$comment$Refuses a batch with an event that append_event() would refuse, naming which, and returns the shape of the state after all
of them; NULL when the shape alone cannot tell.

p_versions: the versions of the contracts to check against, as contract_versions() gives them.

Raises MH006 (contract violation), MH008 (bad state delta), MH011 (reserved event type), MH012 (seq out of range), MH016 (invalid
argument), MH017 (value too large), MH020 (unknown event type).$comment$;

commit;
