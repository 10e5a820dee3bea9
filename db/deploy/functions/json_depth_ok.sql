-- Deploy hypermind:functions/json_depth_ok to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.json_depth_ok(p_value jsonb, p_max int default 100)
    returns boolean
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
begin
    -- An empty array takes 8 bytes or more: what is too small for so many levels needs no look.
    if pg_column_size(p_value #> '{}') <= 8 * p_max then
        return true;
    elsif p_max = 100 then
        return not jsonb_path_exists(p_value, 'strict $.**{100} ? (@.type() == "array" || @.type() == "object")');
    end if;
    return not jsonb_path_exists(
        p_value, format('strict $.**{%s} ? (@.type() == "array" || @.type() == "object")', p_max)::jsonpath);
end
$function$;

comment on function hypermind_private.json_depth_ok(jsonb, int) is
$comment$Whether arrays and objects are nested at most p_max deep: a scalar has no level, [] and [1] have one.$comment$;

commit;
