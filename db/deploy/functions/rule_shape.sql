-- Deploy hypermind:functions/rule_shape to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.rule_shape(p_program jsonb, p_rule text)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_node constant jsonb := p_program -> p_rule;
begin
    if jsonb_typeof(v_node) <> 'object' then
        return v_node;
    end if;
    return (
        select jsonb_object_agg(
            k.keyword,
            case
                when k.keyword in ('properties', 'dependentSchemas') then
                    (select jsonb_agg(m.name) from jsonb_object_keys(k.argument) as m (name))
                when k.keyword = 'patternProperties' then
                    (select jsonb_agg(substr(e.pair ->> 1, length(p_rule)))
                     from jsonb_array_elements(k.argument) as e (pair))
                when k.keyword in ('allOf', 'anyOf', 'oneOf', 'prefixItems') then
                    to_jsonb(jsonb_array_length(k.argument))
                when k.keyword in ('$ref', 'additionalProperties', 'contains', 'else', 'if', 'items', 'not', 'propertyNames',
                                   'then', 'unevaluatedItems', 'unevaluatedProperties') then
                    'true'
                else k.argument
            end)
        from jsonb_each(v_node) as k (keyword, argument)
    );
end
$function$;

comment on function hypermind_private.rule_shape(jsonb, text) is
$comment$What one schema of a program says, but for what the schemas within it say; wherever it stands.$comment$;

commit;
