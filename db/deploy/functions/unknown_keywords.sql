-- Deploy hypermind:functions/unknown_keywords to pg
-- requires: functions/schema_locations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.unknown_keywords(p_schema jsonb)
    returns table (rule text, keyword text)
    language sql
    immutable
    parallel safe
as $function$
    select l.rule, k.keyword
    from hypermind_private.schema_locations(p_schema) as l
    cross join lateral jsonb_object_keys(case when jsonb_typeof(l.node) = 'object' then l.node else '{}' end) as k (keyword)
    where k.keyword not like 'x-%'
      and k.keyword <> all (
          '{$anchor, $comment, $defs, $dynamicAnchor, $id, $ref, $schema, $vocabulary, additionalProperties, allOf, anyOf, const,
            contains, contentEncoding, contentMediaType, contentSchema, default, definitions, dependentRequired,
            dependentSchemas, deprecated, description, else, enum, examples, exclusiveMaximum, exclusiveMinimum, format, if, items,
            maxContains, maxItems, maxLength, maxProperties, maximum, minContains, minItems, minLength, minProperties, minimum,
            multipleOf, not, oneOf, pattern, patternProperties, prefixItems, properties, propertyNames, readOnly, required, then,
            title, type, unevaluatedItems, unevaluatedProperties, uniqueItems, writeOnly}'::text[])
$function$;

comment on function hypermind_private.unknown_keywords(jsonb) is
$comment$What stands in a schema where keywords stand, and is none of JSON Schema draft 2020-12: the standard reads it as an
annotation, its author may have mistyped. Names that start with x- are meant as annotations.$comment$;

commit;
