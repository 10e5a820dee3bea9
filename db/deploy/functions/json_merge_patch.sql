-- Deploy hypermind:functions/json_merge_patch to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_merge_patch(p_target jsonb, p_patch jsonb)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_target  constant jsonb := case when jsonb_typeof(p_target) = 'object' then p_target else '{}' end;
    v_changed jsonb;
    v_removed text[];
begin
    if jsonb_typeof(p_patch) <> 'object' then
        return p_patch;
    end if;
    select jsonb_object_agg(
               m.key,
               case jsonb_typeof(m.value)
                   when 'object' then hypermind_private.json_merge_patch(v_target -> m.key, m.value)
                   else m.value
               end
           ) filter (where jsonb_typeof(m.value) <> 'null'),
           array_agg(m.key) filter (where jsonb_typeof(m.value) = 'null')
    into v_changed, v_removed
    from jsonb_each(p_patch) as m(key, value);

    return (v_target - coalesce(v_removed, '{}')) || coalesce(v_changed, '{}');
end
$function$;

comment on function hypermind_private.json_merge_patch(jsonb, jsonb) is
$comment$Applies a JSON Merge Patch (RFC 7396) to a value; it always applies.

p_target: NULL stands for a value that does not exist.$comment$;

commit;
