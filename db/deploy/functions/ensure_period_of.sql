-- Deploy hypermind:functions/ensure_period_of to pg
-- requires: functions/make_period
-- requires: functions/period_exists

begin;

set local role hypermind_owner;

create or replace function hypermind_private.ensure_period_of(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_time constant timestamptz := hypermind.uuidv7_time(p_run_id);
begin
    if not hypermind_private.period_exists(v_time) then
        perform hypermind_private.make_period(v_time);
    end if;
end
$function$;

comment on function hypermind_private.ensure_period_of(uuid) is
$comment$Makes the period that a run belongs to, when nobody has: no scheduler is needed for writes to go on.$comment$;

commit;
