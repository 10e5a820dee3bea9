-- Deploy hypermind:functions/check_object to pg
-- requires: functions/refuse_argument
-- requires: functions/check_bounds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_object(p_argument text, p_value jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_value is null or jsonb_typeof(p_value) <> 'object' then
        perform hypermind_private.refuse_argument(
            p_argument,
            format('%s must be a JSON object, not %s', p_argument, coalesce(jsonb_typeof(p_value), 'NULL')),
            format('Wrap it: {"value": ...}.'));
    end if;
    perform hypermind_private.check_bounds(p_argument, p_value);
end
$function$;

comment on function hypermind_private.check_object(text, jsonb) is
$comment$Refuses what is not a JSON object within the limits of docs/errors.md.

Raises MH016 (invalid argument), MH017 (value too large).$comment$;

commit;
