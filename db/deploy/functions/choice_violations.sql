-- Deploy hypermind:functions/choice_violations to pg
-- requires: functions/violation
-- requires: functions/node_accepts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.choice_violations(
    p_program jsonb, p_rule text, p_value jsonb, p_pointer text, p_limit integer, p_depth integer
)
    returns jsonb
    language plpgsql
    volatile
as $function$
declare
    v_node  constant jsonb := p_program -> p_rule;
    v_found jsonb := '[]';
    v_then  text;
    v_count bigint;
begin
    if v_node ? 'anyOf' and not exists (
        select from jsonb_array_elements_text(v_node -> 'anyOf') as a (rule)
        where hypermind_private.node_accepts(p_program, a.rule, p_value, p_depth)
    ) then
        v_found := v_found || hypermind_private.violation(
            p_pointer, p_rule || '/anyOf', 'anyOf', 'must meet one of its schemas, and meets none');
    end if;

    if v_node ? 'oneOf' then
        select count(*) into v_count
        from jsonb_array_elements_text(v_node -> 'oneOf') as a (rule)
        where hypermind_private.node_accepts(p_program, a.rule, p_value, p_depth);
        if v_count <> 1 then
            v_found := v_found || hypermind_private.violation(
                p_pointer, p_rule || '/oneOf', 'oneOf', format('must meet exactly one of its schemas, and meets %s', v_count));
        end if;
    end if;

    if v_node ? 'not' and hypermind_private.node_accepts(p_program, v_node ->> 'not', p_value, p_depth) then
        v_found := v_found || hypermind_private.violation(
            p_pointer, p_rule || '/not', 'not', 'must not meet the schema, and does');
    end if;

    if v_node ? 'if' and v_node ?| '{then,else}' then
        v_then := case when hypermind_private.node_accepts(p_program, v_node ->> 'if', p_value, p_depth)
                       then v_node ->> 'then' else v_node ->> 'else' end;
        if v_then is not null then
            v_found := v_found || hypermind_private.node_violations(p_program, v_then, p_value, p_pointer, p_limit, p_depth + 1);
        end if;
    end if;

    if v_node ? 'contains' and jsonb_typeof(p_value) = 'array' then
        select count(*) into v_count
        from jsonb_array_elements(p_value) as e (value)
        where hypermind_private.node_accepts(p_program, v_node ->> 'contains', e.value, p_depth);
        if v_count < coalesce((v_node -> 'minContains')::int, 1) then
            v_found := v_found || hypermind_private.violation(
                p_pointer, p_rule || case when v_node ? 'minContains' then '/minContains' else '/contains' end,
                case when v_node ? 'minContains' then 'minContains' else 'contains' end,
                format('must contain at least %s items that meet the schema, not %s',
                       coalesce((v_node -> 'minContains')::int, 1), v_count));
        elsif v_count > (v_node -> 'maxContains')::int then
            v_found := v_found || hypermind_private.violation(
                p_pointer, p_rule || '/maxContains', 'maxContains',
                format('must contain at most %s items that meet the schema, not %s', v_node -> 'maxContains', v_count));
        end if;
    end if;

    return v_found;
end
$function$;

comment on function hypermind_private.choice_violations(jsonb, text, jsonb, text, integer, integer) is
$comment$How a value breaks anyOf, oneOf, not, if and contains of one schema of a program. Arguments as in node_violations().

Raises MH017 (nested too deep, or too many steps).$comment$;

commit;
