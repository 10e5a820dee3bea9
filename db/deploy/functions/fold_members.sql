-- Deploy hypermind:functions/fold_members to pg
-- requires: functions/json_pointer

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fold_members(
    p_base       jsonb,
    p_operations jsonb[],
    p_places     int[],
    p_depth      int,
    p_plain      boolean
)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_is_array  constant boolean := p_places is not null;
    v_group     record;
    v_operation jsonb;
    v_key       text;
    v_value     jsonb;
    v_inner     jsonb[];
    v_changes   int := 0;
    v_changed   text[];
    v_values    jsonb[];
    v_removed   text[] := '{}';
begin
    for v_group in
        select t.key,
               array_agg(t.position) filter (where t.is_write) as writes,
               max(t.position) filter (where t.is_write) as last_write,
               array_agg(t.position) filter (where not t.is_write) as inner_operations
        from (
            select coalesce(o.place::text, o.tokens[p_depth + 2]) collate "C" as key, o.position,
                   coalesce(cardinality(o.tokens) = p_depth + 2 and o.op in ('add', 'replace', 'remove'), false) as is_write
            from (
                select u.place, u.position::int as position, u.operation ->> 'op' as op,
                       string_to_array(u.operation ->> 'path', '/') as tokens
                from unnest(p_operations, p_places) with ordinality as u(operation, place, position)
                offset 0    -- so that the tokens are made once
            ) as o
        ) as t
        group by t.key
    loop
        if v_group.key is null then
            return null;
        elsif v_is_array then
            v_key := v_group.key;
            v_value := p_base -> v_key::int;
        else
            v_key := case when strpos(v_group.key, '~') = 0 then v_group.key
                          else (hypermind_private.json_pointer('/' || v_group.key))[1] end;
            v_value := p_base -> v_key;
        end if;

        -- The last write of the whole member decides; what came before it needs no look.
        if v_group.last_write is not null then
            v_operation := p_operations[v_group.last_write];
            if v_operation ->> 'op' <> 'add' and (
                   case when cardinality(v_group.writes) = 1 then v_value is null
                        else (select p_operations[max(w.position)] ->> 'op' = 'remove'
                              from unnest(v_group.writes) as w(position) where w.position < v_group.last_write) end) then
                return null;
            elsif v_operation ->> 'op' = 'remove' then
                v_value := null;
            elsif v_operation -> 'value' is null then
                return null;
            else
                v_value := v_operation -> 'value';
            end if;
        end if;

        if cardinality(v_group.inner_operations) = cardinality(p_operations) then
            v_inner := p_operations;
        else
            v_inner := array(
                select p_operations[i.position]
                from unnest(v_group.inner_operations) as i(position)
                where v_group.last_write is null or i.position > v_group.last_write
                order by i.position
            );
        end if;
        if cardinality(v_inner) > 0 then
            v_value := hypermind_private.fold_operations(v_value, v_inner, p_depth + 1, p_plain);
            if v_value is null then
                return null;
            end if;
        end if;

        if v_value is null then
            v_removed := v_removed || v_key;
        else
            v_changes := v_changes + 1;
            v_changed[v_changes] := v_key;
            v_values[v_changes] := v_value;
        end if;
    end loop;

    if v_is_array then
        return (
            select jsonb_agg(coalesce(c.value, e.value) order by place)
            from (
                select b.value, b.position - 1 as place
                from jsonb_array_elements(p_base) with ordinality as b(value, position)
            ) as e
            full join (
                select n.key::bigint as place, n.value from unnest(v_changed, v_values) as n(key, value)
            ) as c using (place)
        );
    elsif v_changes = 0 then
        return p_base - v_removed;
    end if;
    return (p_base - v_removed)
           || (select jsonb_object_agg(c.key, c.value) from unnest(v_changed, v_values) as c(key, value));
end
$function$;

comment on function hypermind_private.fold_members(jsonb, jsonb[], int[], int, boolean) is
$comment$The part of fold_operations() for operations of which each is about one member of p_base, an object or an array.

p_places: for an array, the place (from 0) of the element that each operation is about; NULL for an object.$comment$;

commit;
