-- Deploy hypermind:functions/check_event to pg
-- requires: functions/check_object
-- requires: functions/check_delta
-- requires: functions/check_text
-- requires: functions/check_tags
-- requires: functions/check_event_type
-- requires: functions/event_type_is_formed

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_event(
    p_event_type    text,
    p_payload       jsonb,
    p_state_delta   jsonb,
    p_model         text,
    p_tool          text,
    p_tags          text[],
    p_input_tokens  bigint,
    p_output_tokens bigint,
    p_cost          numeric,
    p_occurred_at   timestamptz
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if hypermind_private.event_type_is_formed(p_event_type) is not true
       or hypermind_private.event_type_is_reserved(p_event_type) then
        perform hypermind_private.check_event_type(p_event_type);
    end if;

    -- The payload's object test and bounds are on the path of every append: no call unless something is wrong.
    if p_payload is null or jsonb_typeof(p_payload) <> 'object'
       or not hypermind_private.json_text_bounded(p_payload) or not hypermind_private.json_depth_ok(p_payload) then
        perform hypermind_private.check_object('payload', p_payload);
    end if;
    if p_state_delta is not null then
        perform hypermind_private.check_delta(p_state_delta);
    end if;
    if p_model is not null then
        perform hypermind_private.check_text('p_model', p_model, 200);
    end if;
    if p_tool is not null then
        perform hypermind_private.check_text('p_tool', p_tool, 200);
    end if;
    if p_tags is not null then
        perform hypermind_private.check_tags(p_tags);
    end if;
    if p_input_tokens not between 0 and 1000000000 or p_output_tokens not between 0 and 1000000000 then
        perform hypermind_private.refuse_argument(
            'p_input_tokens', 'token counts must be from 0 to 1000000000', 'Leave out what the model did not report.');
    end if;
    if p_cost is not null and not (p_cost >= 0 and p_cost < 1e12 and scale(p_cost) <= 18) then
        perform hypermind_private.refuse_argument(
            'p_cost', 'cost must be at least 0, below 1e12, and have at most 18 decimals', 'Round it.');
    end if;
    if p_occurred_at < '0001-01-01 00:00:00+00' or p_occurred_at >= '10000-01-01 00:00:00+00' then
        perform hypermind_private.refuse_argument(
            'p_occurred_at', format('occurred_at is %s: it must lie in the years 1 to 9999', p_occurred_at),
            'Leave it out for now.');
    end if;
end
$function$;

comment on function hypermind_private.check_event(
    text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamptz
) is
$comment$Refuses an event that a client may not append as it is, whatever the run.

Raises MH008 (bad state delta), MH011 (reserved event type), MH016 (invalid argument), MH017 (value too large).$comment$;

commit;
