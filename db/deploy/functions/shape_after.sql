-- Deploy hypermind:functions/shape_after to pg
-- requires: functions/json_patch
-- requires: functions/shape_after_operation
-- requires: functions/shape_after_merge

begin;

set local role hypermind_owner;

create or replace function hypermind_private.shape_after(p_shape jsonb, p_delta jsonb)
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_shape     jsonb := p_shape;
    v_operation jsonb;
    v_path      text;
    v_array     text[];     -- the path to an array that is appended to
    v_size      jsonb;
begin
    if jsonb_typeof(p_delta) = 'object' then
        return hypermind_private.fit_shape(hypermind_private.shape_after_merge(p_shape, p_delta, 3));
    elsif jsonb_typeof(p_delta) <> 'array' then
        -- It raises.
        return hypermind_private.json_patch('null', p_delta);
    end if;

    for v_index in 0 .. jsonb_array_length(p_delta) - 1 loop
        v_operation := p_delta -> v_index;
        v_path := v_operation ->> 'path';
        v_size := null;
        if v_operation ->> 'op' = 'add' and v_path like '/%/-' and strpos(v_path, '~') = 0 and v_operation ? 'value' then
            -- Mostly, an array is appended to: without a call.
            v_array := trim_array((string_to_array(v_path, '/'))[2:], 1);
            v_size := v_shape #> v_array;
        end if;
        if jsonb_typeof(v_size) = 'number' then
            v_shape := jsonb_set(v_shape, v_array, to_jsonb(v_size::int + 1));
        else
            v_shape := hypermind_private.shape_after_operation(v_shape, v_operation, v_index);
            if v_shape is null then
                return null;
            end if;
        end if;
    end loop;
    return v_shape;
end
$function$;

comment on function hypermind_private.shape_after(jsonb, jsonb) is
$comment$The shape of a state (see state_shape) after a delta: how to tell whether a JSON Patch applies without the state itself.

p_shape: the shape of the state before it; a merge patch always applies.
NULL: the shape cannot tell. Then apply the delta to the state itself, and take the shape of that.

Raises MH008 (the delta is malformed, or certainly does not apply).$comment$;

commit;
