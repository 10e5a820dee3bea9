-- Deploy hypermind:functions/mentions_member to pg
-- requires: functions/in_place_schemas

begin;

set local role hypermind_owner;

create or replace function hypermind_private.mentions_member(p_program jsonb, p_rules text[], p_name text)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    with recursive applied (rule) as (
        select r.rule from unnest(p_rules) as r (rule)
        union
        select s.rule
        from applied as a
        cross join lateral hypermind_private.in_place_schemas(
            case when jsonb_typeof(p_program -> a.rule) = 'object' then p_program -> a.rule else '{}' end) as s (rule)
    )
    select exists (
        select
        from applied as a
        cross join lateral (select p_program -> a.rule) as n (node)
        where n.node -> 'properties' ? p_name
           or n.node -> 'required' ? p_name
           or n.node -> 'dependentRequired' ? p_name
           or n.node -> 'dependentSchemas' ? p_name
           or exists (select from jsonb_array_elements(n.node -> 'patternProperties') as e (pair) where p_name ~ (e.pair ->> 0)))
$function$;

comment on function hypermind_private.mentions_member(jsonb, text[], text) is
$comment$Whether schemas of a program know a member by name or pattern, in whatever alternative they apply to the same value.$comment$;

commit;
