-- Deploy hypermind:functions/quickly_accepts to pg
-- requires: functions/schema_predicate

begin;

set local role hypermind_owner;

create or replace function hypermind_private.quickly_accepts(p_accepts jsonpath, p_closed text[], p_value jsonb)
    returns boolean
    language sql
    stable  -- as pg_column_size() is: it would not be inlined otherwise
    parallel safe
as $function$
    select jsonb_path_match(p_value, p_accepts, jsonb_build_object('bytes', pg_column_size(p_value #> '{}')), true) is true
           and coalesce(p_value - p_closed = '{}', true)
$function$;

comment on function hypermind_private.quickly_accepts(jsonpath, text[], jsonb) is
$comment$Whether a value is known to meet a contract without walking it: true is certain, false leaves it to program_violations().

p_accepts: what schema_predicate() made. p_closed: what closed_members() found, NULL for any members.$comment$;

commit;
