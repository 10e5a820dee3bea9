-- Deploy hypermind:functions/fold_operations to pg
-- requires: functions/json_patch_operation
-- requires: functions/fold_members

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fold_operations(
    p_base       jsonb,
    p_operations jsonb[],
    p_depth      int,
    p_plain      boolean
)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_base      jsonb := p_base;
    v_count     constant int := cardinality(p_operations);
    v_first     int := 1;   -- the operations from v_first to before v_next are each about one member
    v_next      int;
    v_is_array  boolean;
    v_size      int;
    v_places    int[];
    v_operation jsonb;
    v_op        text;
    v_tokens    text[];
    v_token     text;
    v_is_last   boolean;    -- the path ends with v_token
    v_run       jsonb[];
    v_values    jsonb[];
begin
    if jsonb_typeof(p_base) = 'array' and v_count > 1 and right(p_operations[1] ->> 'path', 2) = '/-'
       and cardinality(string_to_array(p_operations[1] ->> 'path', '/')) = p_depth + 2 then
        -- Mostly, an array is appended to.
        v_values := array(
            select o.operation -> 'value'
            from (select unnest(p_operations) as operation) as o
            where o.operation ->> 'op' = 'add' and o.operation ->> 'path' = p_operations[1] ->> 'path'
                  and o.operation ? 'value'
        );
        if cardinality(v_values) = v_count then
            return p_base || to_jsonb(v_values);
        end if;
    end if;

    while v_first <= v_count loop
        v_next := v_first;
        v_places := null;
        v_is_array := jsonb_typeof(v_base) = 'array';

        if v_is_array then
            v_size := jsonb_array_length(v_base);
        elsif jsonb_typeof(v_base) = 'object' and p_plain then
            v_next := v_count + 1;
        elsif jsonb_typeof(v_base) is distinct from 'object' and p_plain then
            return null;
        end if;

        while v_next <= v_count loop
            v_operation := p_operations[v_next];
            v_op := v_operation ->> 'op';
            v_tokens := string_to_array(v_operation ->> 'path', '/');
            v_token := v_tokens[p_depth + 2];
            v_is_last := cardinality(v_tokens) = p_depth + 2;
            exit when v_token is null
                   or v_op in ('move', 'copy')
                      and (string_to_array(v_operation ->> 'from', '/'))[p_depth + 2] is distinct from v_token;
            if v_is_array then
                if v_op = 'add' and v_token = '-' and v_is_last then
                    v_places[v_next - v_first + 1] := v_size;
                    v_size := v_size + 1;
                elsif v_op in ('add', 'remove', 'move', 'copy') and v_is_last then
                    -- It moves the elements behind it.
                    exit;
                elsif v_token ~ '^(0|[1-9][0-9]{0,8})$' and v_token::int < v_size then
                    v_places[v_next - v_first + 1] := v_token;
                else
                    return null;
                end if;
            end if;
            v_next := v_next + 1;
        end loop;

        if v_next = v_first + 1 then
            v_base := hypermind_private.json_patch_operation(v_base, p_operations[v_first], p_depth => p_depth);
        elsif v_next > v_first then
            if jsonb_typeof(v_base) not in ('object', 'array') then
                return null;
            end if;
            v_run := p_operations;
            if v_next - v_first < v_count then
                v_run := '{}';
                for v_at in v_first .. v_next - 1 loop
                    v_run := array_append(v_run, p_operations[v_at]);
                end loop;
            end if;
            v_base := hypermind_private.fold_members(v_base, v_run, v_places, p_depth, p_plain);
        end if;
        if v_next <= v_count and v_base is not null then
            v_base := hypermind_private.json_patch_operation(v_base, p_operations[v_next], p_depth => p_depth);
        end if;
        if v_base is null then
            return null;
        end if;
        v_first := v_next + 1;
    end loop;
    return v_base;
end
$function$;

comment on function hypermind_private.fold_operations(jsonb, jsonb[], int, boolean) is
$comment$The value after operations of JSON Patches that are known to apply one after the other.

They are grouped by the member that they are about, and each member is folded by itself: a write of the whole member
makes what came before it irrelevant, appends to an array become one concatenation. What is not about one member (a move
between two, a test of the whole, an insert into an array, a removal from it) is applied alone, between the folds of
what comes before it and after it. NULL: they turned out not to apply.

p_depth: how many tokens of the operations' pointers lead to p_base.
p_plain: there are only add, replace and remove, and none of them is about the root.$comment$;

commit;
