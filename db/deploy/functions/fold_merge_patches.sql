-- Deploy hypermind:functions/fold_merge_patches to pg
-- requires: functions/json_merge_patch

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fold_merge_patches(p_target jsonb, p_patches jsonb[])
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_target  constant jsonb := case when jsonb_typeof(p_target) = 'object' then p_target #> '{}' else '{}' end;
    v_member  record;
    v_value   jsonb;
    v_changes int := 0;
    v_changed text[];
    v_values  jsonb[];
    v_removed text[] := '{}';
begin
    if cardinality(p_patches) = 1 then
        return hypermind_private.json_merge_patch(p_target, p_patches[1]);
    end if;

    for v_member in
        select o.key,
               max(o.position) filter (where not o.is_patch) as last_write,
               array_agg(o.value) filter (where o.is_patch) as patches,
               array_agg(o.position) filter (where o.is_patch) as positions
        from (
            select m.key collate "C" as key, m.value, p.position, jsonb_typeof(m.value) = 'object' as is_patch
            from unnest(p_patches) with ordinality as p(patch, position)
            cross join lateral jsonb_each(p.patch) as m(key, value)
            order by 1, p.position
        ) as o
        group by o.key
    loop
        -- Only what follows the member's last value that is no object can still matter.
        if v_member.last_write is null then
            v_value := hypermind_private.fold_merge_patches(v_target -> v_member.key, v_member.patches);
        elsif v_member.last_write > all (v_member.positions) is not false then
            v_value := p_patches[v_member.last_write] -> v_member.key;
        else
            v_value := hypermind_private.fold_merge_patches(null, array(
                select p.patch
                from unnest(v_member.patches, v_member.positions) as p(patch, position)
                where p.position > v_member.last_write
                order by p.position
            ));
        end if;

        if jsonb_typeof(v_value) = 'null' then
            v_removed := v_removed || v_member.key;
        else
            v_changes := v_changes + 1;
            v_changed[v_changes] := v_member.key;
            v_values[v_changes] := v_value;
        end if;
    end loop;

    if v_changes = 0 then
        return v_target - v_removed;
    end if;
    return (v_target - v_removed)
           || (select jsonb_object_agg(c.key, c.value) from unnest(v_changed, v_values) as c(key, value));
end
$function$;

comment on function hypermind_private.fold_merge_patches(jsonb, jsonb[]) is
$comment$The value after several JSON Merge Patches (RFC 7396), all of them objects; as json_merge_patch() in a loop, only faster.

p_target: NULL stands for a value that does not exist.$comment$;

commit;
