-- Deploy hypermind:functions/finite_values to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.finite_values(p_program jsonb, p_rules text[], p_types text[])
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
begin
    return (
        select coalesce(
            (select case when n.node ? 'const' then jsonb_build_array(n.node -> 'const') else n.node -> 'enum' end
             from unnest(p_rules) as r (rule)
             cross join lateral (select p_program -> r.rule) as n (node)
             where n.node ?| '{const, enum}'
             limit 1),
            case when p_types <@ '{"null", boolean}' then '[null, false, true]'::jsonb end)
    );
end
$function$;

comment on function hypermind_private.finite_values(jsonb, text[], text[]) is
$comment$All values that can meet p_rules, and maybe others, where they are listed or of the types null and boolean.

NULL: there are too many. p_types: the types that they can have, as possible_types() names them.$comment$;

commit;
