-- Deploy hypermind:functions/check_in_place to pg
-- requires: functions/in_place_schemas
-- requires: functions/refuse_schema

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_in_place(p_program jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_left  jsonb;         -- schema: the schemas that it applies to the same value
    v_known jsonb := '{}'; -- schema: how many schemas a value meets through it
    v_next  jsonb;
    v_rule  text;
begin
    select jsonb_object_agg(n.rule, (select coalesce(jsonb_agg(s.rule), '[]')
                                     from hypermind_private.in_place_schemas(n.node) as s (rule)))
    into v_left
    from jsonb_each(p_program) as n (rule, node)
    where jsonb_typeof(n.node) = 'object';

    -- From the innermost ones outwards.
    for v_level in 1 .. 100 loop
        select jsonb_object_agg(l.rule, 1 + coalesce(c.steps, 0)) into v_next
        from jsonb_each(v_left) as l (rule, children)
        cross join lateral (
            select sum(coalesce((v_known -> s.rule)::numeric, 1)) as steps, bool_or(v_left ? s.rule) as waits
            from jsonb_array_elements_text(l.children) as s (rule)
        ) as c
        where c.waits is not true;
        exit when v_next is null;

        select n.rule into v_rule from jsonb_each(v_next) as n (rule, steps) where n.steps > '1000' limit 1;
        exit when found;
        v_known := v_known || v_next;
        v_left  := v_left - array(select jsonb_object_keys(v_next));
        exit when v_left = '{}';
    end loop;

    if v_left is distinct from '{}' and v_left is not null then
        perform hypermind_private.refuse_schema(
            coalesce(v_rule, (select min(k.rule) from jsonb_object_keys(v_left) as k (rule))), null,
            'its references and combinations lead back to themselves, or to over 1000 schemas or 100 levels for one value');
    end if;
end
$function$;

comment on function hypermind_private.check_in_place(jsonb) is
$comment$Refuses a program in which checking one value would never end, or would take more than 1000 schemas or 100 within each
other.

Raises MH021 (invalid schema).$comment$;

commit;
