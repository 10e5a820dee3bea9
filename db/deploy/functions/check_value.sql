-- Deploy hypermind:functions/check_value to pg
-- requires: functions/refuse_argument
-- requires: functions/check_bounds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_value(p_value jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_value is null then
        perform hypermind_private.refuse_argument(
            'p_value', 'p_value is NULL: there is nothing to check', 'JSON''s null is ''null''::jsonb.');
    end if;
    perform hypermind_private.check_bounds('value', p_value);
end
$function$;

comment on function hypermind_private.check_value(jsonb) is
$comment$Refuses a value that could not be recorded, before it is tried against a contract.

Raises MH016 (no value), MH017 (value too large).$comment$;

commit;
