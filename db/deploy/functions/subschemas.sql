-- Deploy hypermind:functions/subschemas to pg
-- requires: functions/pointer_token

begin;

set local role hypermind_owner;

create or replace function hypermind_private.subschemas(p_node jsonb)
    returns table (step text, node jsonb)
    language sql
    immutable
    parallel safe
as $function$
    select k.keyword, p_node -> k.keyword
    from unnest('{additionalProperties, contains, else, if, items, not, propertyNames, then, unevaluatedItems,
                  unevaluatedProperties}'::text[]) as k (keyword)
    where jsonb_typeof(p_node) = 'object' and p_node ? k.keyword
    union all
    select k.keyword || '/' || (e.number - 1), e.node
    from unnest('{allOf, anyOf, oneOf, prefixItems}'::text[]) as k (keyword)
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(p_node -> k.keyword) = 'array' then p_node -> k.keyword else '[]' end
    ) with ordinality as e (node, number)
    where jsonb_typeof(p_node) = 'object'
    union all
    select k.keyword || '/' || hypermind_private.pointer_token(m.name), m.node
    from unnest('{$defs, definitions, dependentSchemas, patternProperties, properties}'::text[]) as k (keyword)
    cross join lateral jsonb_each(
        case when jsonb_typeof(p_node -> k.keyword) = 'object' then p_node -> k.keyword else '{}' end
    ) as m (name, node)
    where jsonb_typeof(p_node) = 'object'
$function$;

comment on function hypermind_private.subschemas(jsonb) is
$comment$The schemas directly inside a JSON Schema, with the steps of the JSON Pointer to them: properties/a, allOf/0,
items.$comment$;

commit;
