-- Deploy hypermind:functions/shape_of to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.shape_of(p_value jsonb, p_levels int)
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_shape jsonb;
begin
    case jsonb_typeof(p_value)
        when 'array' then
            return to_jsonb(jsonb_array_length(p_value));
        when 'object' then
            if p_levels <= 0 or (select count(*) from jsonb_object_keys(p_value)) > 64 then
                return 'false';
            end if;
            select jsonb_object_agg(m.key, case when jsonb_typeof(m.value) in ('array', 'object')
                                                then hypermind_private.shape_of(m.value, p_levels - 1)
                                                else 'true' end)
            into v_shape
            from jsonb_each(p_value) as m(key, value);
            return coalesce(v_shape, '{}');
        else
            return 'true';
    end case;
end
$function$;

comment on function hypermind_private.shape_of(jsonb, int) is
$comment$The shape of a value, whatever its size; state_shape() says what a shape is.

p_levels: how many levels of objects are looked into; deeper ones, and those with over 64 members, are false.$comment$;

commit;
