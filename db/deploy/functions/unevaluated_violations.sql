-- Deploy hypermind:functions/unevaluated_violations to pg
-- requires: functions/evaluated_members
-- requires: functions/evaluated_items

begin;

set local role hypermind_owner;

create or replace function hypermind_private.unevaluated_violations(
    p_program jsonb, p_rule text, p_value jsonb, p_pointer text, p_limit integer, p_depth integer
)
    returns jsonb
    language plpgsql
    volatile
as $function$
declare
    v_node    constant jsonb := p_program -> p_rule;
    v_found   jsonb := '[]';
    v_part    record;
begin
    if v_node ? 'unevaluatedProperties' and jsonb_typeof(p_value) = 'object' then
        for v_part in
            select '/' || hypermind_private.pointer_token(left(m.name, 1001)) as step, m.value
            from jsonb_each(p_value) as m (name, value)
            where m.name not in (
                select e.name from hypermind_private.evaluated_members(p_program, p_rule, p_value, p_depth, false) as e (name))
        loop
            exit when jsonb_array_length(v_found) >= p_limit;
            v_found := v_found || hypermind_private.node_violations(
                p_program, v_node ->> 'unevaluatedProperties', v_part.value, p_pointer || v_part.step,
                p_limit - jsonb_array_length(v_found), p_depth + 1);
        end loop;
    end if;

    if v_node ? 'unevaluatedItems' and jsonb_typeof(p_value) = 'array' then
        for v_part in
            select '/' || (i.number - 1) as step, i.value
            from jsonb_array_elements(p_value) with ordinality as i (value, number)
            where i.number not in (
                select e.number from hypermind_private.evaluated_items(p_program, p_rule, p_value, p_depth, false) as e (number))
        loop
            exit when jsonb_array_length(v_found) >= p_limit;
            v_found := v_found || hypermind_private.node_violations(
                p_program, v_node ->> 'unevaluatedItems', v_part.value, p_pointer || v_part.step,
                p_limit - jsonb_array_length(v_found), p_depth + 1);
        end loop;
    end if;

    return v_found;
end
$function$;

comment on function hypermind_private.unevaluated_violations(jsonb, text, jsonb, text, integer, integer) is
$comment$How a value breaks unevaluatedProperties and unevaluatedItems of one schema of a program. Arguments as in
node_violations().

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
