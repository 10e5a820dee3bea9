-- Deploy hypermind:functions/element_rules to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.element_rules(p_program jsonb, p_rules text[], p_index integer)
    returns text[]
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return array(
        select distinct e.rule
        from unnest(p_rules) as r (rule)
        cross join lateral (
            select coalesce(p_program -> r.rule -> 'prefixItems' ->> p_index, p_program -> r.rule ->> 'items')
        ) as e (rule)
        where p_program -> e.rule not in ('true', '{}')
    );
end
$function$;

comment on function hypermind_private.element_rules(jsonb, text[], integer) is
$comment$The schemas that an element of an array meets where the array meets all of p_rules; not those that say nothing.$comment$;

commit;
