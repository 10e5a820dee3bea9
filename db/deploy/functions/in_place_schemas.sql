-- Deploy hypermind:functions/in_place_schemas to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.in_place_schemas(p_node jsonb)
    returns setof text
    language sql
    immutable
    parallel safe
as $function$
    select p_node ->> k.keyword
    from unnest('{$ref, not, if, then, else}'::text[]) as k (keyword)
    where p_node ? k.keyword
    union all
    select e.rule
    from unnest('{allOf, anyOf, oneOf}'::text[]) as k (keyword)
    cross join lateral jsonb_array_elements_text(p_node -> k.keyword) as e (rule)
    where p_node ? k.keyword
    union all
    select m.rule from jsonb_each_text(p_node -> 'dependentSchemas') as m (name, rule)
$function$;

comment on function hypermind_private.in_place_schemas(jsonb) is
$comment$The pointers to the schemas that a node of a program applies to the same value as itself.$comment$;

commit;
