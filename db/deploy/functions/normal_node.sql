-- Deploy hypermind:functions/normal_node to pg
-- requires: functions/ecma_regex
-- requires: functions/pointer_token

begin;

set local role hypermind_owner;

create or replace function hypermind_private.normal_node(p_rule text, p_node jsonb, p_target text)
    returns jsonb
    language sql
    immutable
as $function$
    select case when jsonb_typeof(p_node) = 'boolean' then p_node else (
        select coalesce(jsonb_object_agg(k.keyword, k.argument), '{}')
        from (
            select m.keyword,
                   case
                       when m.keyword in ('additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames', 'then',
                                          'unevaluatedItems', 'unevaluatedProperties') then
                           to_jsonb(p_rule || '/' || m.keyword)
                       when m.keyword in ('allOf', 'anyOf', 'oneOf', 'prefixItems') then
                           (select jsonb_agg(p_rule || '/' || m.keyword || '/' || n - 1 order by n)
                            from generate_series(1, jsonb_array_length(m.argument)) as n)
                       when m.keyword in ('properties', 'dependentSchemas') then
                           (select jsonb_object_agg(c.name, p_rule || '/' || m.keyword || '/' || hypermind_private.pointer_token(c.name))
                            from jsonb_object_keys(m.argument) as c (name))
                       when m.keyword = 'patternProperties' then
                           (select jsonb_agg(jsonb_build_array(
                                       r.regex, p_rule || '/patternProperties/' || hypermind_private.pointer_token(c.pattern)))
                            from jsonb_object_keys(m.argument) as c (pattern)
                            cross join lateral hypermind_private.ecma_regex(c.pattern) as r)
                       when m.keyword = 'pattern' then
                           (select to_jsonb(r.regex) from hypermind_private.ecma_regex(m.argument #>> '{}') as r)
                       when m.keyword = '$ref' then
                           to_jsonb(p_target)
                       when m.keyword = 'type' and jsonb_typeof(m.argument) = 'string' then
                           jsonb_build_array(m.argument)
                       when m.keyword in ('type', 'enum', 'const', 'multipleOf', 'minimum', 'maximum', 'exclusiveMinimum',
                                          'exclusiveMaximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems',
                                          'minContains', 'maxContains', 'minProperties', 'maxProperties', 'required',
                                          'dependentRequired') then
                           m.argument
                   end as argument
            from jsonb_each(p_node) as m (keyword, argument)
        ) as k
        where k.argument is not null
    ) end
$function$;

comment on function hypermind_private.normal_node(text, jsonb, text) is
$comment$One schema in the form that is checked against: regular expressions as PostgreSQL's, subschemas as pointers, $ref as the
pointer
p_target, type as an array, without annotations. The schema itself has been checked.$comment$;

commit;
