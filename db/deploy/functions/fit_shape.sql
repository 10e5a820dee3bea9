-- Deploy hypermind:functions/fit_shape to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.fit_shape(p_shape jsonb, p_bytes int default 1024)
    returns jsonb
    language plpgsql
    immutable
    parallel safe
as $function$
declare
    v_shape  jsonb;
    v_fuller jsonb;
    v_member record;
begin
    if pg_column_size(p_shape) <= p_bytes then
        return p_shape;
    end if;

    -- Objects give up their members, and get them back, the smallest object first, while there is room.
    select jsonb_object_agg(m.key, case jsonb_typeof(m.value) when 'object' then 'false' else m.value end)
    into v_shape
    from jsonb_each(p_shape) as m(key, value);
    if pg_column_size(v_shape) > p_bytes then
        return 'false';
    end if;
    for v_member in
        select m.key, hypermind_private.fit_shape(m.value, p_bytes / 2) as shape
        from jsonb_each(p_shape) as m(key, value)
        where jsonb_typeof(m.value) = 'object'
        order by pg_column_size(m.value), m.key collate "C"
    loop
        v_fuller := jsonb_set(v_shape, array[v_member.key], v_member.shape);
        exit when pg_column_size(v_fuller) > p_bytes;
        v_shape := v_fuller;
    end loop;
    return v_shape;
end
$function$;

comment on function hypermind_private.fit_shape(jsonb, int) is
$comment$A shape (see state_shape) that takes at most p_bytes: with less in it, where that is needed.$comment$;

commit;
