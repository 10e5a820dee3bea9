-- Deploy hypermind:functions/event_is_typed to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_is_typed(p_event jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select not p_event @? '$ ? (
        !exists(@.event_type)
        || @.event_type.type() != "string"
        || (@.event_id.type() != "string" && @.event_id.type() != "null")
        || (@.model.type() != "string" && @.model.type() != "null")
        || (@.tool.type() != "string" && @.tool.type() != "null")
        || (@.parent_seq.type() != "number" && @.parent_seq.type() != "null")
        || (@.input_tokens.type() != "number" && @.input_tokens.type() != "null")
        || (@.output_tokens.type() != "number" && @.output_tokens.type() != "null")
        || (@.cost.type() != "number" && @.cost.type() != "null")
        || (@.tags.type() != "array" && @.tags.type() != "null")
        || (@.tags.type() == "array" && exists(@.tags[*] ? (@.type() != "string")))
        || (@.occurred_at.type() != "string" && @.occurred_at.type() != "null")
        || (@.occurred_at.type() == "string" && !(@.occurred_at like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"))
    )'
$function$;

comment on function hypermind_private.event_is_typed(jsonb) is
$comment$Whether the values of one event of a batch have the JSON types that append_event()'s arguments ask for: strings for names and ids,
numbers for counts, an array of strings for tags, and for occurred_at an ISO 8601 time with its offset, so that no session setting
decides what it means.$comment$;

commit;
