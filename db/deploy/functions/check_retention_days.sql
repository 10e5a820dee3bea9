-- Deploy hypermind:functions/check_retention_days to pg
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_retention_days(p_argument text, p_days integer, p_least integer)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_days not between p_least and 36500 then
        perform hypermind_private.refuse_argument(
            p_argument, format('%s is %s: it must be a number of days from %s to 36500', p_argument, p_days, p_least),
            'Count in days from the end of a run: 36500 are a hundred years. For no end at all leave the maximum NULL.');
    end if;
end
$function$;

comment on function hypermind_private.check_retention_days(text, integer, integer) is
$comment$Refuses a number of days that no policy can have. NULL passes.

Raises MH016 (invalid argument).$comment$;

commit;
