-- Deploy hypermind:functions/event_is_plain to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_is_plain(
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
    returns boolean
    language sql
    stable  -- as pg_column_size() is: it would not be inlined otherwise
    parallel safe
as $function$
    select not starts_with(p_event_type, 'run.')
           and p_event_type not in ('artifact.attached', 'snapshot.taken')
           and jsonb_typeof(p_payload) = 'object'
           -- Numbers that are small, and then their text: they may have decimals that no comparison sees.
           and pg_column_size(p_payload #> '{}') <= 16384
           and jsonb_path_match(p_payload, 'strict !exists($.** ? (@.type() == "number" && (@ >= 1e15 || @ <= -1e15)))
                                            && !exists($.**{100} ? (@.type() == "array" || @.type() == "object"))')
           and octet_length(jsonb_path_query_array(p_payload, 'strict $.** ? (@.type() == "number")')::text) <= 400
           and p_state_delta is null
           and (p_model is null or p_model <> '' and length(p_model) <= 200)
           and (p_tool is null or p_tool <> '' and length(p_tool) <= 200)
           and p_tags is null
           and coalesce(p_input_tokens between 0 and 1000000000, true)
           and coalesce(p_output_tokens between 0 and 1000000000, true)
           and p_cost is null
           and p_occurred_at is null
$function$;

comment on function hypermind_private.event_is_plain(
    text, jsonb, jsonb, text, text, text[], bigint, bigint, numeric, timestamptz
) is
$comment$Whether check_event() is known to pass, decided in one expression that PL/pgSQL sets up once a call: most events are like
that. False says nothing. What is true here must pass there, but for the form of the type: append_once() looks at that when no
contract is of that type.

Its parameters are those of check_event().$comment$;

commit;
