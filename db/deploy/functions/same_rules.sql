-- Deploy hypermind:functions/same_rules to pg
-- requires: functions/rule_shape
-- requires: functions/child_rules

begin;

set local role hypermind_owner;

create or replace function hypermind_private.same_rules(p_old jsonb, p_new jsonb, p_old_rule text, p_new_rule text)
    returns boolean
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_schemas constant text[] :=
        '{$ref, additionalProperties, allOf, anyOf, contains, dependentSchemas, else, if, items, not, oneOf, patternProperties,
          prefixItems, properties, propertyNames, then, unevaluatedItems, unevaluatedProperties}';
    v_old constant jsonb := p_old -> p_old_rule;
    v_new constant jsonb := p_new -> p_new_rule;
begin
    -- Most are told apart, or known to be the same, by what stands in them.
    if jsonb_typeof(v_old) <> 'object' or jsonb_typeof(v_new) <> 'object' then
        return v_old = v_new;
    elsif v_old - v_schemas <> v_new - v_schemas then
        return false;
    elsif not v_old ?| v_schemas and not v_new ?| v_schemas then
        return true;
    end if;
    return (
        with recursive pairs (old_rule, new_rule) as (
            select p_old_rule, p_new_rule
            union
            select c.old_rule, c.new_rule
            from pairs as p
            cross join lateral (select p_old -> p.old_rule where jsonb_typeof(p_old -> p.old_rule) = 'object') as n (node)
            cross join lateral (
                select r.rule, p.new_rule || substr(r.rule, length(p.old_rule) + 1)
                from hypermind_private.child_rules(n.node - '$ref') as r (rule)
                union all
                select n.node ->> '$ref', p_new -> p.new_rule ->> '$ref' where n.node ? '$ref'
            ) as c (old_rule, new_rule)
        )
        select not exists (
            select from pairs as p
            where hypermind_private.rule_shape(p_old, p.old_rule)
              is distinct from hypermind_private.rule_shape(p_new, p.new_rule))
    );
end
$function$;

comment on function hypermind_private.same_rules(jsonb, jsonb, text, text) is
$comment$Whether a schema of one program says the same as one of another: the same keywords, annotations apart.$comment$;

commit;
