-- Deploy hypermind:functions/closed_members to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.closed_members(p_program jsonb, p_rule text)
    returns text[]
    language sql
    immutable
    parallel safe
as $function$
    select array(select k.name from jsonb_object_keys(n.node -> 'properties') as k (name))
    from (select p_program -> p_rule) as n (node)
    where p_rule = ''
      and n.node -> 'type' = '["object"]'
      and p_program -> (n.node ->> 'additionalProperties') = 'false'
      and not n.node ? 'patternProperties'
$function$;

comment on function hypermind_private.closed_members(jsonb, text) is
$comment$The only members that the root object of a program may have; NULL where that is not so, or not so simple.$comment$;

commit;
