-- Deploy hypermind:functions/shape_after_merge to pg
-- requires: functions/shape_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.shape_after_merge(p_shape jsonb, p_patch jsonb, p_levels int)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_shape   constant jsonb := case when jsonb_typeof(p_shape) = 'object' then p_shape else '{}' end;
    v_changed jsonb;
    v_removed text[];
begin
    if jsonb_typeof(p_patch) <> 'object' then
        return hypermind_private.shape_of(p_patch, p_levels);
    elsif p_shape in ('false', 'null') or p_levels <= 0 then
        return 'false';
    end if;
    select jsonb_object_agg(m.key, case
               when jsonb_typeof(m.value) in ('array', 'object')
                   then hypermind_private.shape_after_merge(v_shape -> m.key, m.value, p_levels - 1)
               else 'true' end)
               filter (where jsonb_typeof(m.value) <> 'null'),
           array_agg(m.key) filter (where jsonb_typeof(m.value) = 'null')
    into v_changed, v_removed
    from jsonb_each(p_patch) as m(key, value);

    return (v_shape - coalesce(v_removed, '{}')) || coalesce(v_changed, '{}');
end
$function$;

comment on function hypermind_private.shape_after_merge(jsonb, jsonb, int) is
$comment$The shape of a value (see state_shape) after a JSON Merge Patch.

p_shape: NULL stands for a value that does not exist.
p_levels: how many levels of objects are looked into.$comment$;

commit;
