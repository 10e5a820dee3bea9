-- Deploy hypermind:functions/is_set_of_names to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.is_set_of_names(p_value jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select case when jsonb_typeof(p_value) <> 'array' then false
                else (select coalesce(bool_and(jsonb_typeof(e.name) = 'string'), true) and count(distinct e.name) = count(*)
                      from jsonb_array_elements(p_value) as e (name)) end
$function$;

comment on function hypermind_private.is_set_of_names(jsonb) is
$comment$Whether a value is a JSON array of different strings.$comment$;

commit;
