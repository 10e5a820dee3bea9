-- Deploy hypermind:functions/type_matches to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.type_matches(p_types jsonb, p_value jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select p_types ? jsonb_typeof(p_value)
           or (jsonb_typeof(p_value) = 'number' and p_types ? 'integer' and (p_value #>> '{}')::numeric % 1 = 0)
$function$;

comment on function hypermind_private.type_matches(jsonb, jsonb) is
$comment$Whether a value is of one of the types of JSON Schema: 1.0 is an integer, true is no number.$comment$;

commit;
