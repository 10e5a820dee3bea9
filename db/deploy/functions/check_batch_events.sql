-- Deploy hypermind:functions/check_batch_events to pg
-- requires: functions/event_inputs
-- requires: functions/check_event
-- requires: functions/shape_after
-- requires: functions/refuse
-- requires: functions/check_parent_seq

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_batch_events(p_events jsonb, p_shape jsonb, p_last_seq bigint, out shape jsonb)
    language plpgsql
    volatile
as $function$
declare
    v_event   record;
    v_message text;
    v_detail  text;
    v_hint    text;
begin
    shape := p_shape;

    for v_event in select * from hypermind_private.event_inputs(p_events) as i order by i.ord loop
        perform hypermind_private.check_event(
            v_event.event_type, v_event.payload, v_event.state_delta, v_event.model, v_event.tool, v_event.tags,
            v_event.input_tokens, v_event.output_tokens, v_event.cost, v_event.occurred_at);
        if v_event.parent_seq is not null then
            perform hypermind_private.check_parent_seq(v_event.parent_seq, p_last_seq + v_event.ord);
        end if;
        -- Once the shape cannot tell, the whole batch is applied to the state itself, later.
        if v_event.state_delta is not null and shape is not null then
            shape := hypermind_private.shape_after(shape, v_event.state_delta);
        end if;
    end loop;
exception
    when sqlstate 'MH008' or sqlstate 'MH011' or sqlstate 'MH012' or sqlstate 'MH016' or sqlstate 'MH017' then
        get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
        perform hypermind_private.refuse(
            sqlstate, format('event %s of the batch: %s', v_event.ord, v_message),
            coalesce(nullif(v_detail, '')::jsonb, '{}') || jsonb_build_object('event', v_event.ord), v_hint);
end
$function$;

comment on function hypermind_private.check_batch_events(jsonb, jsonb, bigint) is
$comment$Refuses a batch with an event that append_event() would refuse, naming which, and returns the shape of the state after all
of them; NULL when the shape alone cannot tell.

Raises MH008 (bad state delta), MH011 (reserved event type), MH012 (seq out of range), MH016 (invalid argument),
MH017 (value too large).$comment$;

commit;
