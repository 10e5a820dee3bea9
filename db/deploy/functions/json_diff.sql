-- Deploy hypermind:functions/json_diff to pg
-- requires: functions/json_diff_operations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_diff(p_from jsonb, p_to jsonb)
    returns jsonb
    language sql
    immutable
    strict
    parallel safe
as $function$
    select to_jsonb(array(
        select d.operation
        from hypermind_private.json_diff_operations('', 0, p_from, p_to) with ordinality as d(operation, position)
        order by d.position
    ))
$function$;

comment on function hypermind_private.json_diff(jsonb, jsonb) is
$comment$The JSON Patch (RFC 6902) that turns one value into the other: add, remove and replace only, no operation when they are equal.

Objects are compared key by key, in alphabetical order. In arrays, what they have in common at the beginning and at the end is left
alone, what lies between is replaced element by element (inside an element where that is shorter), and the rest is removed or added;
elements added at an array's end have the path ".../-". What lies deeper than 100 levels is replaced whole. Numbers are equal by value (1 = 1.0).$comment$;

commit;
