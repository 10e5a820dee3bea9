-- Deploy hypermind:functions/period_name to pg
-- requires: functions/period_start

begin;

set local role hypermind_owner;

create or replace function hypermind_private.period_name(p_at timestamptz)
    returns text
    language sql
    stable
    parallel safe
as $function$
    select to_char(hypermind_private.period_start(p_at) at time zone 'UTC', '"p"YYYYMM')
$function$;

comment on function hypermind_private.period_name(timestamptz) is
$comment$Name of the period that holds p_at, such as p202611. Its leaves are hypermind_private.<table>_<name>.$comment$;

commit;
