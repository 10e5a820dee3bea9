-- Deploy hypermind:functions/json_patch to pg
-- requires: functions/json_patch_operation

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_patch(p_state jsonb, p_patch jsonb)
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    -- "#> {}" unpacks a value that comes compressed from a table, once instead of at each use.
    v_state jsonb := p_state #> '{}';
    v_patch constant jsonb := p_patch #> '{}';
begin
    if jsonb_typeof(v_patch) <> 'array' then
        raise exception 'a JSON Patch is an array of operations, not a value of type %', jsonb_typeof(v_patch)
            using errcode = 'MH008',
                  detail = jsonb_build_object('operation', null, 'op', null, 'path', null,
                                              'reason', 'the patch is not an array')::text,
                  hint = 'Put the operation into an array, as RFC 6902 says.';
    end if;
    for v_index in 0 .. jsonb_array_length(v_patch) - 1 loop
        v_state := hypermind_private.json_patch_operation(v_state, v_patch -> v_index, v_index);
    end loop;
    return v_state;
end
$function$;

comment on function hypermind_private.json_patch(jsonb, jsonb) is
$comment$Applies a JSON Patch (RFC 6902) to a state; all of its operations, or none.

The root can be added, replaced and tested, but not removed: no document would be left. Numbers are equal by value
(1 = 1.0). jsonb keeps the last of two members with the same name: an operation that repeats one is not refused.

Raises MH008 (an operation is malformed or cannot be applied); operations are counted from 0.$comment$;

commit;
