-- Deploy hypermind:functions/period_bounds to pg
-- requires: functions/period_start
-- requires: functions/period_end
-- requires: functions/uuidv7_floor

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_bounds(p_period date, out first_id uuid, out next_id uuid)
    language sql
    stable
as $function$
    select hypermind.uuidv7_floor(hypermind_private.period_start(p_period::timestamp at time zone 'UTC')),
           hypermind.uuidv7_floor(hypermind_private.period_end(p_period::timestamp at time zone 'UTC'))
$function$;

comment on function hypermind_private.period_bounds(date) is
$comment$The ids of the runs of a month: from first_id to before next_id.$comment$;

commit;
