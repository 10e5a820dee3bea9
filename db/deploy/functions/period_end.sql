-- Deploy hypermind:functions/period_end to pg
-- requires: functions/period_start

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_end(p_at timestamptz)
    returns timestamptz
    language sql
    stable
    parallel safe
as $function$
    select (hypermind_private.period_start(p_at) at time zone 'UTC' + interval '1 month') at time zone 'UTC'
$function$;

comment on function hypermind_private.period_end(timestamptz) is
$comment$When the period that holds p_at ends, and the next begins.$comment$;

commit;
