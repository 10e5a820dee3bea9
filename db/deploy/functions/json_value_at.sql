-- Deploy hypermind:functions/json_value_at to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_value_at(p_value jsonb, p_path text[])
    returns jsonb
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_value jsonb := p_value;
    v_token text;
begin
    -- A token that "#>" would read as an index although RFC 6901 does not: -1, +1, 01, or one with a space in front.
    if array_to_string(p_path, '/') !~ '(^|/)([[:space:]+]|-[0-9]|0[0-9])' then
        return p_value #> p_path;
    end if;

    foreach v_token in array p_path loop
        v_value := case
            when jsonb_typeof(v_value) = 'object' then v_value -> v_token
            when jsonb_typeof(v_value) = 'array' and v_token ~ '^(0|[1-9][0-9]{0,8})$' then v_value -> v_token::int
        end;
        exit when v_value is null;
    end loop;
    return v_value;
end
$function$;

comment on function hypermind_private.json_value_at(jsonb, text[]) is
$comment$The value at a path, a JSON Pointer's tokens, or NULL when there is nothing there (JSON null is a value).

Unlike the operator #> it follows RFC 6901 in arrays: an index has no sign and no leading zero.$comment$;

commit;
