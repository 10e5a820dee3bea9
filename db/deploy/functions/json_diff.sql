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
$comment$The JSON Patch (RFC 6902) that turns one value into the other.

It adds, removes and replaces only, and is empty when the values are equal. Numbers are equal by value (1 = 1.0).
Objects are compared key by key, in alphabetical order. In arrays, what both have at the beginning and at the end is
left alone, what lies between is replaced element by element (inside an element where that is shorter), and the rest is
removed or added; what is added at the end has the path ".../-". Values deeper than 100 levels are replaced.$comment$;

commit;
