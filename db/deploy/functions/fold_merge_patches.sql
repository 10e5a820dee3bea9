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
    v_patches jsonb[];
    v_at      int;
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
        select m.key,
               max(p.position) filter (where jsonb_typeof(m.value) <> 'object') as last_write,
               array_agg(p.position order by p.position) filter (where jsonb_typeof(m.value) = 'object') as patches
        from (select unnest(p_patches) as patch, generate_subscripts(p_patches, 1) as position) as p
        cross join lateral jsonb_each(p.patch) as m(key, value)
        group by m.key
    loop
        -- Only what follows the member's last value that is no object can still matter.
        v_patches := '{}';
        if v_member.patches is not null then
            foreach v_at in array v_member.patches loop
                if v_at > v_member.last_write is not false then
                    v_patches := array_append(v_patches, p_patches[v_at] -> v_member.key);
                end if;
            end loop;
        end if;
        v_value := case
            when v_member.last_write is null
                then hypermind_private.fold_merge_patches(v_target -> v_member.key, v_patches)
            when cardinality(v_patches) = 0 then p_patches[v_member.last_write] -> v_member.key
            else hypermind_private.fold_merge_patches(null, v_patches)
        end;

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
$comment$The value after several JSON Merge Patches (RFC 7396), all of them objects.

The same as with json_merge_patch() in a loop, only faster.
p_target: NULL stands for a value that does not exist.$comment$;

commit;
