-- Deploy hypermind:functions/event_inputs to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_inputs(p_events jsonb)
    returns table (
        ord           bigint,
        event_type    text,
        payload       jsonb,
        state_delta   jsonb,
        parent_seq    bigint,
        event_id      uuid,
        model         text,
        tool          text,
        tags          text[],
        input_tokens  bigint,
        output_tokens bigint,
        cost          numeric,
        occurred_at   timestamptz
    )
    language sql
    stable
    parallel safe
as $function$
    select r.ord, r.event_type, coalesce(r.payload, '{}'), r.state_delta, r.parent_seq, r.event_id, r.model, r.tool, r.tags,
           r.input_tokens, r.output_tokens, r.cost, r.occurred_at
    from rows from (
        jsonb_to_recordset(p_events) as (
            event_type text, payload jsonb, state_delta jsonb, parent_seq bigint, event_id uuid, model text, tool text,
            tags text[], input_tokens bigint, output_tokens bigint, cost numeric, occurred_at timestamptz)
    ) with ordinality as r (
        event_type, payload, state_delta, parent_seq, event_id, model, tool, tags, input_tokens, output_tokens, cost,
        occurred_at, ord)
$function$;

comment on function hypermind_private.event_inputs(jsonb) is
$comment$The events of a batch as rows: the arguments of append_event() by name, ord counting from 1.

Raises class 22 where a value is not of its type.$comment$;

commit;
