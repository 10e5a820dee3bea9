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
    v_last_write int;
    v_exists    boolean;    -- before it
    v_inner     jsonb[];    -- the operations inside the member, after its last write
    v_at        int;
    v_changes   int := 0;
    v_changed   text[];
    v_values    jsonb[];
    v_removed   text[] := '{}';
    v_base      jsonb;
begin
    for v_group in
        select m.key,
               array_agg(m.position order by m.position) filter (where m.is_write) as writes,
               array_agg(m.position order by m.position) filter (where not m.is_write) as inner_operations
        from (
            select coalesce(t.place::text, t.tokens[p_depth + 2]) collate "C" as key, t.position,
                   coalesce(cardinality(t.tokens) = p_depth + 2 and t.op in ('add', 'replace', 'remove'), false)
                       as is_write
            from (
                select o.place, o.position, o.operation ->> 'op' as op,
                       string_to_array(o.operation ->> 'path', '/') as tokens
                from (
                    -- Not in FROM: there, operations that outgrow work_mem are written to disk.
                    select unnest(p_operations) as operation, unnest(p_places) as place,
                           generate_subscripts(p_operations, 1) as position
                ) as o
                offset 0    -- so that the tokens are made once
            ) as t
        ) as m
        group by m.key
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
        v_last_write := 0;
        if v_group.writes is not null then
            v_last_write := v_group.writes[cardinality(v_group.writes)];
            v_operation := p_operations[v_last_write];
            if cardinality(v_group.writes) > 1 then
                v_exists := p_operations[v_group.writes[cardinality(v_group.writes) - 1]] ->> 'op' <> 'remove';
            else
                v_exists := v_value is not null;
            end if;
            if not v_exists and v_operation ->> 'op' <> 'add' then
                return null;
            elsif v_operation ->> 'op' = 'remove' then
                v_value := null;
            elsif v_operation -> 'value' is null then
                return null;
            else
                v_value := v_operation -> 'value';
            end if;
        end if;

        v_inner := '{}';
        if cardinality(v_group.inner_operations) = cardinality(p_operations) then
            v_inner := p_operations;
        elsif v_group.inner_operations is not null then
            -- A loop: in a query, each access to an element would search it from the array's beginning.
            foreach v_at in array v_group.inner_operations loop
                if v_at > v_last_write then
                    v_inner := array_append(v_inner, p_operations[v_at]);
                end if;
            end loop;
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

    if v_changes <= 8 and (not v_is_array or (select max(u.place) from unnest(p_places) as u(place)) < jsonb_array_length(p_base)) then
        -- A few are set one by one, which copies the others as they are. To build anew walks through every value.
        v_base := case when v_is_array then p_base else p_base - (v_removed || v_changed) end;
        for v_at in 1 .. v_changes loop
            v_base := jsonb_set(v_base, array[v_changed[v_at]], v_values[v_at]);
        end loop;
        return v_base;
    elsif v_is_array then
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
    end if;
    return (p_base - (v_removed || v_changed))
           || (select jsonb_object_agg(c.key, c.value) from unnest(v_changed, v_values) as c(key, value));
end
$function$;

comment on function hypermind_private.fold_members(jsonb, jsonb[], int[], int, boolean) is
$comment$The part of fold_operations() for operations that are each about one member of p_base, an object or an array.

p_places: for an array, the place (from 0) of the element that each operation is about; NULL for an object.$comment$;

commit;
