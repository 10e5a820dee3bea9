-- Deploy hypermind:functions/schema_locations to pg
-- requires: functions/subschemas

begin;

set local role hypermind_owner;

create or replace function hypermind_private.schema_locations(p_schema jsonb)
    returns table (rule text, node jsonb)
    language sql
    immutable
    parallel safe
as $function$
    with recursive locations (rule, node) as (
        select '', p_schema
        union all
        select l.rule || '/' || s.step, s.node
        from locations as l
        cross join lateral hypermind_private.subschemas(l.node) as s
    )
    select l.rule, l.node from locations as l
$function$;

comment on function hypermind_private.schema_locations(jsonb) is
$comment$Every schema within a JSON Schema, itself included, with the JSON Pointer to it.$comment$;

commit;
