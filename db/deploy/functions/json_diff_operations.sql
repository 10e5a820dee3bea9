-- Deploy hypermind:functions/json_diff_operations to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_diff_operations(
    p_path  text,
    p_depth int,
    p_from  jsonb,
    p_to    jsonb
)
    returns setof jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_member     record;
    v_from_size  int;
    v_to_size    int;
    v_same       int := 0;  -- elements that the arrays have in common at their beginning, then at their end
    v_same_end   int := 0;
    v_both       int;       -- elements that both arrays have, but for those at their end
    v_replace    jsonb;
    v_operations jsonb[];
begin
    if p_from = p_to then
        return;
    end if;

    if p_depth >= 100 then
        -- No longer pointers than a delta may have, and an end to the recursion.
        return next jsonb_build_object('op', 'replace', 'path', p_path, 'value', p_to);

    elsif jsonb_typeof(p_from) = 'object' and jsonb_typeof(p_to) = 'object' then
        for v_member in
            select p_path || '/' || replace(replace(key, '~', '~0'), '/', '~1') as path,
                   old.value as from_value, new.value as to_value
            from jsonb_each(p_from) as old(key, value)
            full join jsonb_each(p_to) as new(key, value) using (key)
            where old.value is distinct from new.value
            order by key collate "C"
        loop
            if v_member.to_value is null then
                return next jsonb_build_object('op', 'remove', 'path', v_member.path);
            elsif v_member.from_value is null then
                return next jsonb_build_object('op', 'add', 'path', v_member.path, 'value', v_member.to_value);
            else
                return query
                    select d.operation
                    from hypermind_private.json_diff_operations(
                        v_member.path, p_depth + 1, v_member.from_value, v_member.to_value) as d(operation);
            end if;
        end loop;

    elsif jsonb_typeof(p_from) = 'array' and jsonb_typeof(p_to) = 'array' then
        v_from_size := jsonb_array_length(p_from);
        v_to_size := jsonb_array_length(p_to);
        while v_same < least(v_from_size, v_to_size) and p_from -> v_same = p_to -> v_same loop
            v_same := v_same + 1;
        end loop;
        while v_same_end < least(v_from_size, v_to_size) - v_same
              and p_from -> (v_from_size - 1 - v_same_end) = p_to -> (v_to_size - 1 - v_same_end) loop
            v_same_end := v_same_end + 1;
        end loop;
        v_both := least(v_from_size, v_to_size) - v_same_end;

        for v_at in v_same .. v_both - 1 loop
            if p_from -> v_at = p_to -> v_at then
                continue;
            end if;
            -- What changed inside an element, unless the new element is shorter to write.
            v_replace := jsonb_build_object('op', 'replace', 'path', p_path || '/' || v_at, 'value', p_to -> v_at);
            v_operations := array(
                select d.operation
                from hypermind_private.json_diff_operations(
                    p_path || '/' || v_at, p_depth + 1, p_from -> v_at, p_to -> v_at) as d(operation));
            if octet_length(to_jsonb(v_operations)::text) - 2 <= octet_length(v_replace::text) then
                return query select o.operation from unnest(v_operations) as o(operation);
            else
                return next v_replace;
            end if;
        end loop;
        for v_at in reverse v_from_size - v_same_end - 1 .. v_both loop
            return next jsonb_build_object('op', 'remove', 'path', p_path || '/' || v_at);
        end loop;
        for v_at in v_both .. v_to_size - v_same_end - 1 loop
            return next jsonb_build_object(
                'op', 'add',
                'path', p_path || '/' || case when v_same_end = 0 then '-' else v_at::text end,
                'value', p_to -> v_at);
        end loop;

    else
        return next jsonb_build_object('op', 'replace', 'path', p_path, 'value', p_to);
    end if;
end
$function$;

comment on function hypermind_private.json_diff_operations(text, int, jsonb, jsonb) is
$comment$The operations of json_diff(), in their order, for two values at a path of p_depth tokens.$comment$;

commit;
