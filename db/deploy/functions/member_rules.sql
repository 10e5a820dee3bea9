-- Deploy hypermind:functions/member_rules to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.member_rules(p_program jsonb, p_rules text[], p_name text)
    returns text[]
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return array(
        select distinct m.rule
        from unnest(p_rules) as r (rule)
        cross join lateral (select p_program -> r.rule) as n (node)
        cross join lateral (
            select n.node -> 'properties' ->> p_name
            union all
            select e.pair ->> 1
            from jsonb_array_elements(n.node -> 'patternProperties') as e (pair)
            where p_name ~ (e.pair ->> 0)
            union all
            select n.node ->> 'additionalProperties'
            where not coalesce(n.node -> 'properties' ? p_name, false)
              and not exists (select from jsonb_array_elements(n.node -> 'patternProperties') as e (pair)
                              where p_name ~ (e.pair ->> 0))
        ) as m (rule)
        where p_program -> m.rule not in ('true', '{}')
    );
end
$function$;

comment on function hypermind_private.member_rules(jsonb, text[], text) is
$comment$The schemas that a member of an object meets where the object meets all of p_rules; not those that say nothing.$comment$;

commit;
