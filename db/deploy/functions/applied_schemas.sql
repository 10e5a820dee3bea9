-- Deploy hypermind:functions/applied_schemas to pg
-- requires: functions/pointer_token

begin;

set local role hypermind_owner;

create or replace function hypermind_private.applied_schemas(p_node jsonb, p_value jsonb, p_type text)
    returns table (rule text, step text, value jsonb)
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return query
    select p_node ->> '$ref', '', p_value where p_node ? '$ref'
    union all
    select a.rule, '', p_value from jsonb_array_elements_text(p_node -> 'allOf') as a (rule);

    if p_type = 'object' then
        return query
        select p.rule, '/' || hypermind_private.pointer_token(left(p.name, 1001)), p_value -> p.name
        from jsonb_each_text(p_node -> 'properties') as p (name, rule)
        where p_value ? p.name
        union all
        select d.rule, '', p_value
        from jsonb_each_text(p_node -> 'dependentSchemas') as d (name, rule)
        where p_value ? d.name
        union all
        select r.pair ->> 1, '/' || hypermind_private.pointer_token(left(m.name, 1001)), m.value
        from jsonb_array_elements(p_node -> 'patternProperties') as r (pair)
        join jsonb_each(p_value) as m (name, value) on m.name ~ (r.pair ->> 0)
        union all
        select p_node ->> 'propertyNames', '/' || hypermind_private.pointer_token(left(k.name, 1001)), to_jsonb(k.name)
        from jsonb_object_keys(p_value) as k (name)
        where p_node ? 'propertyNames'
        union all
        select p_node ->> 'additionalProperties', '/' || hypermind_private.pointer_token(left(m.name, 1001)), m.value
        from jsonb_each(p_value) as m (name, value)
        where p_node ? 'additionalProperties'
          and not coalesce(p_node -> 'properties' ? m.name, false)
          and not exists (select from jsonb_array_elements(p_node -> 'patternProperties') as r (pair) where m.name ~ (r.pair ->> 0));
    elsif p_type = 'array' then
        return query
        select coalesce(p_node -> 'prefixItems' ->> (e.number - 1)::int, p_node ->> 'items'), '/' || (e.number - 1), e.value
        from jsonb_array_elements(p_value) with ordinality as e (value, number)
        where p_node ? 'items' or e.number <= jsonb_array_length(p_node -> 'prefixItems');
    end if;
end
$function$;

comment on function hypermind_private.applied_schemas(jsonb, jsonb, text) is
$comment$The schemas that a value must meet, all of them, for a node of a program: the pointer of each, which part of the value it
is for, and that part. What must be decided first (anyOf, oneOf, not, if, contains, unevaluated...) is not here.$comment$;

commit;
