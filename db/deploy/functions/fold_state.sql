-- Deploy hypermind:functions/fold_state to pg
-- requires: functions/fold_json_patches
-- requires: functions/fold_merge_patches

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fold_state(p_state jsonb, p_deltas jsonb[])
    returns jsonb
    language plpgsql
    immutable
    parallel safe
    set plan_cache_mode = auto  -- not what a caller forces who reads periods: the many small queries of a fold keep their plans
as $function$
declare
    v_state   jsonb := p_state;
    v_deltas  constant jsonb[] := array_remove(p_deltas, null);
    v_patches boolean;  -- they are all JSON Patches
    v_merges  boolean;  -- they are all merge patches
    -- Where a run of deltas of one type begins, and the type.
    v_starts  int[];
    v_types   text[];
    v_run     jsonb[];
begin
    if cardinality(v_deltas) > 0 is not true then
        return p_state;
    end if;

    select bool_and(jsonb_typeof(u.delta) = 'array'), bool_and(jsonb_typeof(u.delta) = 'object')
    into v_patches, v_merges
    from (select unnest(v_deltas) as delta) as u;
    if v_patches then
        return hypermind_private.fold_json_patches(p_state, v_deltas);
    elsif v_merges then
        return hypermind_private.fold_merge_patches(p_state, v_deltas);
    end if;

    select array_agg(d.position order by d.position), array_agg(d.type order by d.position)
    into v_starts, v_types
    from (
        select u.position::int as position, jsonb_typeof(u.delta) as type,
               lag(jsonb_typeof(u.delta)) over (order by u.position) as type_before
        from unnest(v_deltas) with ordinality as u(delta, position)
    ) as d
    where d.type is distinct from d.type_before;

    for v_at in 1 .. cardinality(v_starts) loop
        v_run := array(
            select v_deltas[d.position]
            from generate_series(v_starts[v_at], coalesce(v_starts[v_at + 1] - 1, cardinality(v_deltas))) as d(position)
        );

        case v_types[v_at]
            when 'array' then v_state := hypermind_private.fold_json_patches(v_state, v_run);
            when 'object' then v_state := hypermind_private.fold_merge_patches(v_state, v_run);
            else
                raise exception
                    'a state delta is an array (JSON Patch) or an object (merge patch), not a value of type %',
                    v_types[v_at]
                    using errcode = 'MH008',
                          detail = jsonb_build_object('type', v_types[v_at])::text,
                          hint = 'To replace the whole state: [{"op": "replace", "path": "", "value": ...}].';
        end case;
    end loop;
    return v_state;
end
$function$;

comment on function hypermind_private.fold_state(jsonb, jsonb[]) is
$comment$The state after deltas that are known to apply one after the other.

Each is a JSON Patch (array) or a merge patch (object); those of one kind in a row are folded at once. The result is the
same as with json_patch() and json_merge_patch() in a loop.
p_deltas: NULL elements are left out.

Raises MH008 (a delta that matters for the result does not apply, or is neither array nor object).$comment$;

commit;
