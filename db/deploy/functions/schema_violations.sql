-- Deploy hypermind:functions/schema_violations to pg
-- requires: functions/check_value
-- requires: functions/compile_schema
-- requires: functions/program_violations
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.schema_violations(p_schema jsonb, p_value jsonb)
    returns table (pointer text, rule text, keyword text, message text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
begin
    perform hypermind_private.check_value(p_value);

    return query
    select v.pointer, v.rule, v.keyword, v.message
    from hypermind_private.program_violations(hypermind_private.compile_schema(p_schema), p_value) as v;
end
$function$;

comment on function hypermind.schema_violations(jsonb, jsonb) is
$comment$Tries a value against a JSON Schema (draft 2020-12), as register_event_type() and append_event() would, and stores
nothing. One row for each place where it breaks the schema, up to 50; none when it meets it.

pointer: the JSON Pointer into the value. rule: the one into the schema. keyword: what stands there. message: a sentence.

Raises MH016 (no value), MH017 (schema or value too large, or nested too deep), MH021 (invalid schema).$comment$;

grant execute on function hypermind.schema_violations(jsonb, jsonb) to hypermind_reader;

commit;
