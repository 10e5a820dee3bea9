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
declare
    v_at constant timestamptz := p_period::timestamp at time zone 'UTC';
begin
    if v_at is null or v_at is distinct from hypermind_private.period_start(v_at)
       or p_period not between '1970-01-01' and '9999-12-01' then
        perform hypermind_private.refuse_argument(
            'p_period', format('%s is not the first day of a month', coalesce(p_period::text, 'null')),
            'Periods are months: name one by its first day, such as 2026-01-01.');
    end if;
    return v_at;
end
$function$;

comment on function hypermind_private.check_period(date) is
$comment$When the month begins whose first day is p_period, UTC.

Raises MH016 (invalid argument).$comment$;

commit;
