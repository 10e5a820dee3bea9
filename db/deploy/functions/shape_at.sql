-- Deploy hypermind:functions/shape_at to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.shape_at(p_shape jsonb, p_path text[])
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_shape jsonb := p_shape;
    v_token text;
begin
    foreach v_token in array p_path loop
        case jsonb_typeof(v_shape)
            when 'object' then
                v_shape := v_shape -> v_token;
                if v_shape is null then
                    return null;
                end if;
            when 'number' then
                if v_token ~ '^(0|[1-9][0-9]{0,8})$' and v_token::int < v_shape::int then
                    v_shape := 'null';
                else
                    return null;
                end if;
            else
                return case when v_shape = 'true' then null else '"unknown"'::jsonb end;
        end case;
    end loop;
    return v_shape;
end
$function$;

comment on function hypermind_private.shape_at(jsonb, text[]) is
$comment$The shape of what is at a path, in a state of the given shape (see state_shape).

NULL: there is certainly nothing. "unknown": the shape cannot tell whether there is something.$comment$;

commit;
