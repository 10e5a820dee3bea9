-- Deploy hypermind:functions/shape_after_operation to pg
-- requires: functions/json_pointer
-- requires: functions/raise_bad_state_delta
-- requires: functions/json_patch_malformed
-- requires: functions/shape_of
-- requires: functions/fit_shape
-- requires: functions/shape_at

begin;

set local role hypermind_owner;

create or replace function hypermind_private.shape_after_operation(p_shape jsonb, p_operation jsonb, p_index int)
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_op     text := p_operation ->> 'op';
    v_shape  jsonb := p_shape;
    v_reason text := hypermind_private.json_patch_malformed(p_operation);
    v_path   text[];
    v_from   text[];
    v_last   text;      -- the last token of the path, and what the others lead to
    v_parent jsonb;
    v_value  jsonb;     -- the shape of the value that is written
    v_size   int;
begin
    if v_reason is not null then
        perform hypermind_private.raise_bad_state_delta(
            p_index, p_operation, v_reason, 'Write each operation of the patch as RFC 6902 says.');
    elsif v_op = 'test' then
        return null;
    end if;
    v_path := hypermind_private.json_pointer(p_operation ->> 'path');

    <<apply>>
    begin
        if v_op in ('move', 'copy') then
            v_from := hypermind_private.json_pointer(p_operation ->> 'from');
            v_value := hypermind_private.shape_at(v_shape, v_from);
            if v_value is null then
                v_reason := 'there is nothing at ' || left(p_operation ->> 'from', 200);
                exit apply;
            elsif v_op = 'copy' or v_value <> 'true' then
                -- Copying doubles a state, moving deepens it: only the state itself tells when that is too much.
                return null;
            end if;
            if v_op = 'move' then
                if v_from = v_path then
                    return v_shape;
                elsif v_from = v_path[:cardinality(v_from)] then
                    v_reason := 'a value cannot be moved into itself';
                    exit apply;
                end if;
                v_parent := hypermind_private.shape_at(v_shape, trim_array(v_from, 1));
                if jsonb_typeof(v_parent) = 'object' then
                    v_shape := v_shape #- v_from;
                elsif cardinality(v_from) = 1 then
                    v_shape := to_jsonb(v_parent::int - 1);
                else
                    v_shape := jsonb_set(v_shape, trim_array(v_from, 1), to_jsonb(v_parent::int - 1));
                end if;
            end if;
            v_op := 'add';
        elsif v_op in ('add', 'replace') then
            v_value := hypermind_private.shape_of(p_operation -> 'value', 3 - cardinality(v_path));
        end if;

        if v_path = '{}' then
            if v_op = 'remove' then
                v_reason := 'the whole document cannot be removed';
                exit apply;
            end if;
            return hypermind_private.fit_shape(v_value);
        end if;

        v_last := v_path[cardinality(v_path)];
        v_parent := hypermind_private.shape_at(v_shape, trim_array(v_path, 1));

        case jsonb_typeof(v_parent)
            when 'object' then
                if v_op <> 'add' and not v_parent ? v_last then
                    v_reason := 'there is nothing at ' || left(p_operation ->> 'path', 200);
                    exit apply;
                end if;
                return hypermind_private.fit_shape(
                    case v_op when 'remove' then v_shape #- v_path else jsonb_set(v_shape, v_path, v_value) end);

            when 'number' then
                v_size := v_parent::int;
                if v_last = '-' and v_op = 'add' then
                    null;
                elsif v_last !~ '^(0|[1-9][0-9]*)$' then
                    v_reason := format('"%s" is not the index of an array''s element', left(v_last, 200));
                    exit apply;
                elsif length(v_last) > 9 or v_last::int >= v_size + (v_op = 'add')::int then
                    v_reason := format('the array has %s element%s', v_size, case when v_size <> 1 then 's' end);
                    exit apply;
                end if;
                v_size := v_size + case v_op when 'add' then 1 when 'remove' then -1 else 0 end;
                if cardinality(v_path) = 1 then
                    return to_jsonb(v_size);
                end if;
                return jsonb_set(v_shape, trim_array(v_path, 1), to_jsonb(v_size));

            when 'boolean' then
                if v_parent = 'false' then
                    return case when v_op = 'add' then v_shape end;
                end if;
                v_reason := 'the value that should hold it is neither an object nor an array';

            else
                if v_parent is not null then
                    return null;
                end if;
                v_reason := 'there is no object or array that could hold it';
        end case;
    end apply;

    perform hypermind_private.raise_bad_state_delta(p_index, p_operation, v_reason);
    return null;
end
$function$;

comment on function hypermind_private.shape_after_operation(jsonb, jsonb, int) is
$comment$The shape of a state (see state_shape) after one operation of a JSON Patch.

NULL: the shape cannot tell whether it applies.
p_index: the place of the operation in its patch.

Raises MH008 (the operation is malformed, or certainly does not apply).$comment$;

commit;
