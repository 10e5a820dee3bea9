-- Deploy hypermind:functions/compile_schema to pg
-- requires: functions/check_schema
-- requires: functions/check_in_place
-- requires: functions/normal_node
-- requires: functions/reference_target

begin;

set local role hypermind_owner;

create or replace function hypermind_private.compile_schema(p_schema jsonb, p_root text default '')
    returns jsonb
    language plpgsql
    volatile
as $function$
declare
    v_rules   text[];
    v_anchors jsonb;
    v_bad     record;
    v_program jsonb;
begin
    perform hypermind_private.check_schema(p_schema);

    select array_agg(l.rule) into v_rules from hypermind_private.schema_locations(p_schema) as l;

    select l.rule, a.keyword, l.node ->> a.keyword as name into v_bad
    from hypermind_private.schema_locations(p_schema) as l
    cross join (values ('$anchor'), ('$dynamicAnchor')) as a (keyword)
    where l.node ? a.keyword
      and exists (
          select from hypermind_private.schema_locations(p_schema) as o
          where o.rule <> l.rule and l.node ->> a.keyword in (o.node ->> '$anchor', o.node ->> '$dynamicAnchor'))
    limit 1;
    if found then
        perform hypermind_private.refuse_schema(v_bad.rule, v_bad.keyword, format('there are two anchors %s', v_bad.name));
    end if;

    select coalesce(jsonb_object_agg(l.node ->> a.keyword, l.rule), '{}') into v_anchors
    from hypermind_private.schema_locations(p_schema) as l
    cross join (values ('$anchor'), ('$dynamicAnchor')) as a (keyword)
    where l.node ? a.keyword;

    select l.rule, l.node ->> '$ref' as ref into v_bad
    from hypermind_private.schema_locations(p_schema) as l
    where l.node ? '$ref' and hypermind_private.reference_target(l.node ->> '$ref', v_rules, v_anchors) is null
    limit 1;
    if found then
        perform hypermind_private.refuse_schema(v_bad.rule, '$ref', format('there is no schema at %s', left(v_bad.ref, 200)));
    end if;

    select jsonb_object_agg(p_root || l.rule, hypermind_private.normal_node(
               p_root || l.rule, l.node,
               p_root || hypermind_private.reference_target(l.node ->> '$ref', v_rules, v_anchors)))
    into v_program
    from hypermind_private.schema_locations(p_schema) as l;

    perform hypermind_private.check_in_place(v_program);
    return v_program;
end
$function$;

comment on function hypermind_private.compile_schema(jsonb, text) is
$comment$A JSON Schema (draft 2020-12) as the program that values are checked against: an object with every schema within it, by
its JSON Pointer, in the form of normal_node().

p_root: what to put before each pointer.

Raises MH017 (value too large), MH021 (invalid schema: it is none, or cannot be decided exactly).$comment$;

commit;
