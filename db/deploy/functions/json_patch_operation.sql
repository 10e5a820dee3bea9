-- Deploy hypermind:functions/json_patch_operation to pg
-- requires: functions/json_pointer
-- requires: functions/raise_bad_state_delta
-- requires: functions/json_patch_malformed
-- requires: functions/json_value_at
-- requires: functions/json_depth_ok
-- requires: functions/check_state_bounds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_patch_operation(
    p_state     jsonb,
    p_operation jsonb,
    p_index     int default null,
    p_depth     int default 0
)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_op     text := p_operation ->> 'op';
    v_state  jsonb := p_state;
    v_value  jsonb := p_operation -> 'value';
    v_reason text := hypermind_private.json_patch_malformed(p_operation);
    v_path   text[];
    v_from   text[];
    v_last   text;      -- the last token of the path, and what the others lead to
    v_parent jsonb;
    v_size   int;       -- elements of the parent, when it is an array
    v_where  text;
begin
    if v_reason is not null then
        if p_index is not null then
            perform hypermind_private.raise_bad_state_delta(
                p_index, p_operation, v_reason, 'Write each operation of the patch as RFC 6902 says.');
        end if;
        return null;
    end if;
    v_path := (hypermind_private.json_pointer(p_operation ->> 'path'))[p_depth + 1:];

    <<apply>>
    begin
        if v_op in ('move', 'copy') then
            v_from := (hypermind_private.json_pointer(p_operation ->> 'from'))[p_depth + 1:];
            v_value := hypermind_private.json_value_at(v_state, v_from);
            if v_value is null then
                v_reason := 'there is nothing at ' || left(p_operation ->> 'from', 200);
                exit apply;
            end if;
            if v_op = 'move' then
                if v_from = v_path then
                    return v_state;
                elsif v_from = v_path[:cardinality(v_from)] then
                    v_reason := 'a value cannot be moved into itself';
                    exit apply;
                end if;
                v_state := v_state #- v_from;
            end if;
            -- What a fold repeats was bounded when it was recorded.
            if p_index is not null then
                perform hypermind_private.check_state_bounds(
                    pg_column_size(v_state) + pg_column_size(v_value),
                    hypermind_private.json_depth_ok(v_value, 200 - cardinality(v_path)));
            end if;
            v_op := 'add';

        elsif v_op = 'test' then
            v_parent := hypermind_private.json_value_at(v_state, v_path);
            if v_parent = v_value then
                return v_state;
            end if;
            v_reason := case when v_parent is null then 'there is nothing at ' || left(p_operation ->> 'path', 200)
                             else 'the value there is another one' end;
            exit apply;
        end if;

        if v_path = '{}' then
            if v_op = 'remove' then
                v_reason := 'the whole document cannot be removed';
                exit apply;
            end if;
            return v_value;
        end if;

        v_last := v_path[cardinality(v_path)];
        v_parent := hypermind_private.json_value_at(v_state, trim_array(v_path, 1));

        if jsonb_typeof(v_parent) = 'object' then
            if v_op = 'add' or v_parent ? v_last then
                return case v_op when 'remove' then v_state #- v_path else jsonb_set(v_state, v_path, v_value) end;
            end if;
            v_reason := 'there is nothing at ' || left(p_operation ->> 'path', 200);

        elsif jsonb_typeof(v_parent) = 'array' then
            v_size := jsonb_array_length(v_parent);
            if v_last = '-' and v_op = 'add' then
                v_last := v_size::text;
            elsif v_last !~ '^(0|[1-9][0-9]*)$' then
                v_reason := format('"%s" is not the index of an array''s element', left(v_last, 200));
                exit apply;
            elsif length(v_last) > 9 or v_last::int >= v_size + (v_op = 'add')::int then
                v_reason := format('the array has %s element%s', v_size, case when v_size <> 1 then 's' end);
                exit apply;
            end if;
            v_path[cardinality(v_path)] := v_last;
            return case v_op
                when 'remove' then v_state #- v_path
                when 'add' then jsonb_insert(v_state, v_path, v_value)
                else jsonb_set(v_state, v_path, v_value)
            end;

        else
            v_where := nullif(left(regexp_replace(p_operation ->> 'path', '/[^/]*$', ''), 200), '');
            v_reason := case
                when v_parent is null then 'there is nothing at ' || v_where
                else format('the value at %s is neither an object nor an array', coalesce(v_where, 'the root'))
            end;
        end if;
    end apply;

    if p_index is not null then
        perform hypermind_private.raise_bad_state_delta(p_index, p_operation, v_reason);
    end if;
    return null;
end
$function$;

comment on function hypermind_private.json_patch_operation(jsonb, jsonb, int, int) is
$comment$The state after one operation of a JSON Patch (RFC 6902).

p_index: the place of the operation in its patch, for the message; NULL: return NULL instead of raising.
p_depth: how many tokens of the operation's pointers lead to p_state, when that is a part of a larger state.

Raises MH008 (the operation is malformed or cannot be applied).$comment$;

commit;
