-- Deploy hypermind:functions/fold_json_patches to pg
-- requires: functions/json_patch
-- requires: functions/fold_operations

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fold_json_patches(p_state jsonb, p_patches jsonb[])
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_operations jsonb[];
    v_single     boolean;
    v_plain      boolean;
    v_rooted     boolean;
    v_state      jsonb := p_state #> '{}';
    v_patch      jsonb;
begin
    if cardinality(p_patches) > 1 then
        -- Mostly, a patch is one operation.
        select array_agg(u.patch -> 0), bool_and(jsonb_array_length(u.patch) = 1) into v_operations, v_single
        from (select unnest(p_patches) as patch) as u;
        if not v_single then
            v_operations := array(select jsonb_array_elements(u.patch) from (select unnest(p_patches) as patch) as u);
        end if;
        select coalesce(bool_and(o.op in ('add', 'replace', 'remove') and o.path <> ''), true),
               coalesce(bool_and(o.path = '' or o.path like '/%'), true)
        into v_plain, v_rooted
        from (
            select coalesce(u.operation ->> 'op', 'none') as op, coalesce(u.operation ->> 'path', 'none') as path
            from (select unnest(v_operations) as operation) as u
        ) as o;

        if v_rooted then
            v_state := hypermind_private.fold_operations(v_state, v_operations, 0, v_plain);
            if v_state is not null then
                return v_state;
            end if;
            v_state := p_state #> '{}';
        end if;
    end if;

    -- A single patch, or one that does not apply: which one, and why, comes out here.
    foreach v_patch in array p_patches loop
        v_state := hypermind_private.json_patch(v_state, v_patch);
    end loop;
    return v_state;
end
$function$;

comment on function hypermind_private.fold_json_patches(jsonb, jsonb[]) is
$comment$The state after several JSON Patches (RFC 6902) that are known to apply one after the other.

The same as with json_patch() in a loop, only faster: operations that a later one overwrites are not looked at.

Raises MH008 (a patch that matters for the result does not apply).$comment$;

commit;
