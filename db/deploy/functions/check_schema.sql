-- Deploy hypermind:functions/check_schema to pg
-- requires: functions/schema_locations
-- requires: functions/keyword_problem
-- requires: functions/refuse_schema
-- requires: functions/json_depth_ok
-- requires: functions/json_text_bounded

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_schema(p_schema jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_bad record;
begin
    if p_schema is null or jsonb_typeof(p_schema) not in ('object', 'boolean') then
        perform hypermind_private.refuse_schema('', null, 'a schema is a JSON object, true or false');
    end if;
    if not hypermind_private.json_text_bounded(p_schema) or octet_length(p_schema::text) > 262144
       or not hypermind_private.json_depth_ok(p_schema, 64) then
        perform hypermind_private.refuse(
            'MH017',
            'the schema is too large: 256 KiB as text and 64 levels fit',
            '{"argument": "schema", "max_bytes": 262144, "max_depth": 64}',
            'Use $defs and $ref for what repeats.');
    end if;
    if exists (select from jsonb_path_query(p_schema, 'strict $.** ? (@.type() == "object").keyvalue().key') as k (name)
               where length(k.name #>> '{}') > 500) then
        perform hypermind_private.refuse(
            'MH017',
            'the schema has a member with a name of more than 500 characters',
            '{"argument": "schema", "max_name": 500}',
            'Shorten it.');
    end if;
    if (select count(*) > 2000 or sum(length(l.rule)) > 4000000 from hypermind_private.schema_locations(p_schema) as l) then
        perform hypermind_private.refuse(
            'MH017',
            'the schema has more than 2000 schemas within it, or their paths are too long',
            '{"argument": "schema", "max_schemas": 2000}',
            'Use $defs and $ref for what repeats.');
    end if;

    select l.rule, m.keyword, m.problem into v_bad
    from hypermind_private.schema_locations(p_schema) as l
    cross join lateral (
        select k.keyword, hypermind_private.keyword_problem(k.keyword, k.argument) as problem
        from jsonb_each(case when jsonb_typeof(l.node) = 'object' then l.node else '{}' end) as k (keyword, argument)
        union all
        select null, 'a schema is a JSON object, true or false'
        where jsonb_typeof(l.node) not in ('object', 'boolean')
        union all
        select '$id', 'a schema within a schema cannot have a base URI of its own: use $defs and $ref'
        where l.rule <> '' and l.node ? '$id'
    ) as m
    where m.problem is not null
    limit 1;

    if found then
        perform hypermind_private.refuse_schema(v_bad.rule, v_bad.keyword, v_bad.problem);
    end if;
end
$function$;

comment on function hypermind_private.check_schema(jsonb) is
$comment$Refuses what is no JSON Schema (draft 2020-12), what is too large, and what cannot be decided exactly.

Raises MH017 (value too large), MH021 (invalid schema).$comment$;

commit;
