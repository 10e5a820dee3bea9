-- Deploy hypermind:functions/evaluated_in_place to pg
-- requires: functions/node_accepts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.evaluated_in_place(p_program jsonb, p_node jsonb, p_value jsonb, p_depth integer)
    returns setof text
    language plpgsql
    volatile
as $function$
begin
    return query
    select p_node ->> '$ref' where p_node ? '$ref'
    union all
    select a.rule from jsonb_array_elements_text(p_node -> 'allOf') as a (rule)
    union all
    select a.rule
    from unnest('{anyOf, oneOf}'::text[]) as k (keyword)
    cross join lateral jsonb_array_elements_text(p_node -> k.keyword) as a (rule)
    where hypermind_private.node_accepts(p_program, a.rule, p_value, p_depth)
    union all
    select d.rule
    from jsonb_each_text(p_node -> 'dependentSchemas') as d (name, rule)
    where jsonb_typeof(p_value) = 'object' and p_value ? d.name;

    if p_node ? 'if' then
        if hypermind_private.node_accepts(p_program, p_node ->> 'if', p_value, p_depth) then
            return next p_node ->> 'if';
            if p_node ? 'then' then
                return next p_node ->> 'then';
            end if;
        elsif p_node ? 'else' then
            return next p_node ->> 'else';
        end if;
    end if;
end
$function$;

comment on function hypermind_private.evaluated_in_place(jsonb, jsonb, jsonb, integer) is
$comment$The schemas that a node applies to the same value, and whose annotations count: those that the value meets.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
