-- Deploy hypermind:functions/evaluated_items to pg
-- requires: functions/evaluated_in_place

begin;

set local role hypermind_owner;

create or replace function hypermind_private.evaluated_items(
    p_program jsonb, p_rule text, p_value jsonb, p_depth integer, p_nested boolean default true
)
    returns setof bigint
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
    if v_node ? 'items' or (p_nested and v_node ? 'unevaluatedItems') then
        return query select generate_series(1, jsonb_array_length(p_value))::bigint;
        return;
    end if;

    return query
    select e.number
    from jsonb_array_elements(p_value) with ordinality as e (value, number)
    where e.number <= jsonb_array_length(v_node -> 'prefixItems')
       or (v_node ? 'contains' and hypermind_private.node_accepts(p_program, v_node ->> 'contains', e.value, p_depth));

    for v_rule in select r.rule from hypermind_private.evaluated_in_place(p_program, v_node, p_value, p_depth) as r (rule) loop
        return query select i.number from hypermind_private.evaluated_items(p_program, v_rule, p_value, p_depth + 1) as i (number);
    end loop;
end
$function$;

comment on function hypermind_private.evaluated_items(jsonb, text, jsonb, integer, boolean) is
$comment$The items of an array, counted from 1, that a schema, which it meets, has evaluated (JSON Schema draft 2020-12, section
11.2).

p_nested: false for the schema whose own unevaluatedItems asks.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
