-- Deploy hypermind:functions/period_exists to pg
-- requires: functions/period_name

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_exists(p_at timestamptz)
    returns boolean
    language sql
    stable
    parallel safe
as $function$
    select to_regclass('hypermind_private.runs_' || hypermind_private.period_name(p_at)) is not null
$function$;

comment on function hypermind_private.period_exists(timestamptz) is
$comment$Whether the period that holds p_at has been made.$comment$;

commit;
