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
    v_op        text;
    v_path      text;
    v_value     jsonb;
    v_holder    text[];     -- the path to what holds the value
    v_last      text;       -- the value's key or index there
    v_held      jsonb;      -- the holder's shape
begin
    if jsonb_typeof(p_delta) = 'object' then
        return hypermind_private.fit_shape(hypermind_private.shape_after_merge(p_shape, p_delta, 3));
    elsif jsonb_typeof(p_delta) <> 'array' then
        -- It raises.
        return hypermind_private.json_patch('null', p_delta);
    end if;

    for v_index in 0 .. jsonb_array_length(p_delta) - 1 loop
        v_operation := p_delta -> v_index;
        v_op := v_operation ->> 'op';
        v_path := v_operation ->> 'path';
        v_value := v_operation -> 'value';

        -- Mostly, an array is appended to, or a scalar takes the place of another: decided here, without a call.
        if v_op in ('add', 'replace') and v_value is not null and left(v_path, 1) = '/' and strpos(v_path, '~') = 0 then
            v_holder := string_to_array(v_path, '/');
            v_last := v_holder[cardinality(v_holder)];
            v_holder := trim_array(v_holder[2:], 1);
            v_held := v_shape #> v_holder;
            if v_last = '-' and v_op = 'add' and jsonb_typeof(v_held) = 'number' then
                v_held := to_jsonb(v_held::int + 1);
                v_shape := case when v_holder = '{}' then v_held else jsonb_set(v_shape, v_holder, v_held) end;
                continue;
            elsif v_held -> v_last = 'true' and jsonb_typeof(v_value) not in ('array', 'object') then
                continue;
            end if;
        end if;

        v_shape := hypermind_private.shape_after_operation(v_shape, v_operation, v_index);
        if v_shape is null then
            return null;
        end if;
    end loop;
    return v_shape;
end
$function$;

comment on function hypermind_private.shape_after(jsonb, jsonb) is
$comment$The shape of a state (see state_shape) after a delta: tells whether it applies, without the state itself.

p_shape: the shape of the state before it; a merge patch always applies.
NULL: the shape cannot tell. Then apply the delta to the state itself, and take the shape of that.

Raises MH008 (the delta is malformed, or certainly does not apply).$comment$;

commit;
