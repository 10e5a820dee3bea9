-- Deploy hypermind:functions/node_violations to pg
-- requires: functions/keyword_message
-- requires: functions/applied_schemas
-- requires: functions/refuse
-- requires: functions/in_place_schemas

begin;

set local role hypermind_owner;

create or replace function hypermind_private.node_violations(
    p_program jsonb, p_rule text, p_value jsonb, p_pointer text, p_limit integer, p_depth integer
)
    returns jsonb
    language plpgsql
    volatile
as $function$
declare
    v_node    constant jsonb := p_program -> p_rule;
    v_type    constant text  := jsonb_typeof(p_value);
    v_found   jsonb := '[]';
    v_keyword text;
    v_message text;
    v_applied record;
    v_steps   integer;
begin
    if jsonb_typeof(v_node) = 'boolean' then
        return case when v_node = 'true' then '[]'
                    else jsonb_build_array(hypermind_private.violation(
                        p_pointer, p_rule, regexp_replace(p_rule, '^.*/', ''), 'is not allowed here')) end;
    end if;
    v_steps := current_setting('hypermind.contract_steps')::integer + 1;
    perform set_config('hypermind.contract_steps', v_steps::text, true);
    if v_steps > 100000 then
        perform hypermind_private.refuse(
            'MH017',
            'the value takes more than 100000 steps to be checked against its contract',
            '{"max_steps": 100000}',
            'Record it in parts, or let the contract say less about each part.');
    end if;
    if p_depth > 250 then
        perform hypermind_private.refuse(
            'MH017',
            'the value is nested too deep for its contract: 250 schemas within each other can be followed',
            jsonb_build_object('pointer', p_pointer, 'max_schemas', 250),
            'Nest it less, or let the contract say nothing about the depths.');
    end if;

    for v_keyword, v_message in
        select k.keyword, hypermind_private.keyword_message(k.keyword, k.argument, p_value, v_type)
        from jsonb_each(v_node) as k (keyword, argument)
    loop
        if v_message is not null then
            v_found := v_found || hypermind_private.violation(p_pointer, p_rule || '/' || v_keyword, v_keyword, v_message);
        end if;
    end loop;

    if v_node ?| '{$ref,allOf,properties,dependentSchemas,patternProperties,propertyNames,additionalProperties,items,prefixItems}' then
        for v_applied in select a.rule, a.step, a.value from hypermind_private.applied_schemas(v_node, p_value, v_type) as a loop
            exit when jsonb_array_length(v_found) >= p_limit;
            v_found := v_found || hypermind_private.node_violations(
                p_program, v_applied.rule, v_applied.value, p_pointer || v_applied.step,
                p_limit - jsonb_array_length(v_found), p_depth + 1);
        end loop;
    end if;

    if jsonb_array_length(v_found) < p_limit and v_node ?| '{anyOf,oneOf,not,if,contains}' then
        v_found := v_found || hypermind_private.choice_violations(
            p_program, p_rule, p_value, p_pointer, p_limit - jsonb_array_length(v_found), p_depth);
    end if;

    if jsonb_array_length(v_found) < p_limit and v_node ?| '{unevaluatedProperties,unevaluatedItems}' then
        v_found := v_found || hypermind_private.unevaluated_violations(
            p_program, p_rule, p_value, p_pointer, p_limit - jsonb_array_length(v_found), p_depth);
    end if;

    return v_found;
end
$function$;

comment on function hypermind_private.node_violations(jsonb, text, jsonb, text, integer, integer) is
$comment$How a value breaks one schema of a program: an array of violation(), [] when it does not.

p_rule: the pointer of the schema. p_pointer: the pointer of the value. p_limit: how many violations are enough.
p_depth: how many schemas lead here; more than 250 are refused.

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
