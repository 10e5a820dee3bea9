-- Deploy hypermind:functions/evaluated_members to pg
-- requires: functions/evaluated_in_place

begin;

set local role hypermind_owner;

create or replace function hypermind_private.evaluated_members(
    p_program jsonb, p_rule text, p_value jsonb, p_depth integer, p_nested boolean default true
)
    returns setof text
    language plpgsql
    volatile
as $function$
declare
    v_node constant jsonb := p_program -> p_rule;
    v_rule text;
begin
    if jsonb_typeof(v_node) = 'boolean' then
        return;
    end if;
    if v_node ? 'additionalProperties' or (p_nested and v_node ? 'unevaluatedProperties') then
        return query select k.name from jsonb_object_keys(p_value) as k (name);
        return;
    end if;

    return query
    select k.name
    from jsonb_object_keys(p_value) as k (name)
    where v_node -> 'properties' ? k.name
       or exists (select from jsonb_array_elements(v_node -> 'patternProperties') as r (pair) where k.name ~ (r.pair ->> 0));

    for v_rule in select r.rule from hypermind_private.evaluated_in_place(p_program, v_node, p_value, p_depth) as r (rule) loop
        return query select m.name from hypermind_private.evaluated_members(p_program, v_rule, p_value, p_depth + 1) as m (name);
    end loop;
end
$function$;

comment on function hypermind_private.evaluated_members(jsonb, text, jsonb, integer, boolean) is
$comment$The members of an object that a schema, which it meets, has evaluated (JSON Schema draft 2020-12, section 11.3).

p_nested: false for the schema whose own unevaluatedProperties asks.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
