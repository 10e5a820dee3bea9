-- Deploy hypermind:functions/possible_types to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.possible_types(p_program jsonb, p_rules text[], p_types text[])
    returns text[]
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return array(
        select t.type
        from unnest(coalesce(p_types, '{"null", boolean, object, array, string, integer, fraction}')) as t (type)
        cross join lateral (
            select case t.type when 'fraction' then '{number}'
                               when 'integer' then '{integer, number}'
                               else array[t.type] end
        ) as n (names)
        where not exists (
            select from unnest(p_rules) as r (rule)
            cross join lateral (select p_program -> r.rule) as o (node)
            where not o.node -> 'type' ?| n.names
               or o.node ? 'anyOf' and not exists (
                      select from jsonb_array_elements_text(o.node -> 'anyOf') as e (rule)
                      where coalesce(p_program -> e.rule -> 'type' ?| n.names, p_program -> e.rule <> 'false')))
    );
end
$function$;

comment on function hypermind_private.possible_types(jsonb, text[], text[]) is
$comment$Of some types (NULL: of all), those that a value can have that meets all of p_rules.

Numbers have two types: integer, and fraction for those that are not whole.$comment$;

commit;
