-- Deploy hypermind:functions/check_batch to pg
-- requires: functions/event_inputs
-- requires: functions/event_is_typed
-- requires: functions/refuse_argument
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_batch(p_events jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_keys constant text[] := '{event_type, payload, state_delta, parent_seq, event_id, model, tool, tags, input_tokens,
                                output_tokens, cost, occurred_at}';
    v_bad  record;
begin
    if p_events is null or jsonb_typeof(p_events) <> 'array' or jsonb_array_length(p_events) = 0 then
        perform hypermind_private.refuse_argument(
            'p_events', 'p_events must be a JSON array of at least one event',
            'Give [{"event_type": "message.added", "payload": {...}}, ...].');
    end if;
    if jsonb_array_length(p_events) > 10000 or pg_column_size(p_events #> '{}') > 67108864 then
        perform hypermind_private.refuse(
            'MH017',
            format('the batch has %s events and %s bytes: at most 10000 events and 64 MiB fit',
                   jsonb_array_length(p_events), pg_column_size(p_events #> '{}')),
            '{"argument": "p_events", "max_events": 10000, "max_bytes": 67108864}',
            'Append it in parts.');
    end if;

    select e.ord, jsonb_typeof(e.event) = 'object' as is_object,
           case when jsonb_typeof(e.event) = 'object'
                then (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(e.event - v_keys) as k) end as keys
    into v_bad
    from jsonb_array_elements(p_events) with ordinality as e (event, ord)
    where case when jsonb_typeof(e.event) = 'object'
               then e.event - v_keys <> '{}' or not hypermind_private.event_is_typed(e.event)
               else true end
    order by e.ord
    limit 1;

    if found then
        perform hypermind_private.refuse(
            'MH016',
            format('event %s of the batch %s', v_bad.ord,
                   case when not v_bad.is_object then 'is no JSON object'
                        when v_bad.keys is not null then 'has unknown keys: ' || v_bad.keys
                        else 'has a value of the wrong type, or no event_type' end),
            jsonb_build_object('argument', 'p_events', 'event', v_bad.ord),
            case when v_bad.is_object and v_bad.keys is null
                 then 'Names, ids and times are strings, times with their offset (2026-11-23T10:00:00Z); counts and cost are numbers; '
                      'tags are an array of strings.'
                 else format('An event may have the keys %s.', array_to_string(v_keys, ', ')) end);
    end if;

    begin
        perform from hypermind_private.event_inputs(p_events);
    exception when data_exception or datatype_mismatch or program_limit_exceeded then
        perform hypermind_private.refuse_argument(
            'p_events', format('a value of the batch is not of its type: %s', sqlerrm),
            'See the comment of hypermind.append_event() for the types.');
    end;
end
$function$;

comment on function hypermind_private.check_batch(jsonb) is
$comment$Refuses a batch that is no array of objects with the keys and types of append_event()'s arguments, or is too large.

Raises MH016 (invalid argument), MH017 (value too large).$comment$;

commit;
