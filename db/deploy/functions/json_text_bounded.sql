-- Deploy hypermind:functions/json_text_bounded to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_text_bounded(p_value jsonb)
    returns boolean
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_max     constant int := 16777216;
    v_size    constant int := pg_column_size(p_value #> '{}');  -- "#> {}": were it compressed, of what it unpacks to
    v_numbers constant jsonb := jsonb_path_query_array(p_value, 'strict $.** ? (@.type() == "number")');
    v_count   constant int := jsonb_array_length(v_numbers);
    v_number  numeric;
begin
    -- Twelve bytes are enough for a number of 131,072 digits: no text before every number was looked at.
    if v_count <= 30 then
        for v_at in 0 .. v_count - 1 loop
            v_number := (v_numbers -> v_at)::numeric;
            if abs(v_number) >= 1e400 or scale(v_number) > 400 then
                return false;
            end if;
        end loop;
    elsif exists (
        select from jsonb_array_elements(v_numbers) as n(value)
        where abs(n.value::numeric) >= 1e400 or scale(n.value::numeric) > 400
    ) then
        return false;
    end if;

    -- The text is now at most 64 times as long as the value (16 bytes for -1e399 with 400 decimals, 804 characters),
    -- and at least a quarter (12 bytes for "1, ").
    if v_size <= v_max / 64 then
        return true;
    elsif v_size > 4 * v_max + 64 then
        return false;
    end if;
    -- The numbers first: what remains is at most six times as long as the value, which PostgreSQL can still print.
    if (select sum(octet_length(n.value)) > v_max from jsonb_array_elements_text(v_numbers) as n(value)) then
        return false;
    end if;
    return octet_length(p_value::text) <= v_max;
end
$function$;

comment on function hypermind_private.json_text_bounded(jsonb) is
$comment$Whether each number is below 1e400 in magnitude, with at most 400 decimals, and the text at most 16 MiB.

Decided without printing a number of unknown length: 9 KB of 1e131071 are 131 MB of text.$comment$;

commit;
