-- Deploy hypermind:functions/check_period to pg
-- requires: functions/period_start
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_period(p_period date)
    returns timestamptz
    language plpgsql
    stable
as $function$
begin
    if p_period is null or p_period not between '1970-01-01' and '9999-12-01' or extract(day from p_period) <> 1 then
        perform hypermind_private.refuse_argument(
            'p_period', format('%s is not the first day of a month', coalesce(p_period::text, 'null')),
            'Periods are months: name one by its first day, such as 2026-01-01.');
    end if;
    return p_period::timestamp at time zone 'UTC';
end
$function$;

comment on function hypermind_private.check_period(date) is
$comment$When the month begins whose first day is p_period, UTC.

Raises MH016 (invalid argument).$comment$;

commit;
