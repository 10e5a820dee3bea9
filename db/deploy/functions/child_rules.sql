-- Deploy hypermind:functions/child_rules to pg
-- requires: functions/in_place_schemas

begin;

set local role hypermind_owner;

create or replace function hypermind_private.child_rules(p_node jsonb)
    returns setof text
    language sql
    immutable
    parallel safe
as $function$
    select r.rule
    from (select case when jsonb_typeof(p_node) = 'object' then p_node else '{}' end) as n (node)
    cross join lateral (
        select hypermind_private.in_place_schemas(n.node)
        union all
        select n.node ->> 'if' where n.node ? 'if'
        union all
        select e.rule from jsonb_array_elements_text(n.node -> 'oneOf') as e (rule)
        union all
        select n.node ->> k.keyword
        from unnest('{additionalProperties, contains, items, propertyNames, unevaluatedItems,
                      unevaluatedProperties}'::text[]) as k (keyword)
        where n.node ? k.keyword
        union all
        select e.rule from jsonb_array_elements_text(n.node -> 'prefixItems') as e (rule)
        union all
        select m.rule from jsonb_each_text(n.node -> 'properties') as m (name, rule)
        union all
        select e.pair ->> 1 from jsonb_array_elements(n.node -> 'patternProperties') as e (pair)
    ) as r (rule)
$function$;

comment on function hypermind_private.child_rules(jsonb) is
$comment$The pointers to all schemas that a node of a program leads to, in place or for parts of the value, as often as
node_predicate() goes there.$comment$;

commit;
