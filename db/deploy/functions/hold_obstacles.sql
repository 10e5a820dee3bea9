-- Deploy hypermind:functions/hold_obstacles to pg
-- requires: functions/period_bounds
-- requires: functions/held_run
-- requires: tables/holds

begin;

set local role hypermind_owner;

create or replace function hypermind_private.hold_obstacles(p_period date)
    returns table (reason text, run_id uuid, explanation text)
    language plpgsql
    stable
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
begin
    return query
    select 'hold', h.run_id, format('run %s is on hold: %s', h.run_id, d.reason)
    from hypermind_private.held_run(v_bounds.first_id, v_bounds.next_id) as h
    join hypermind.holds as d on d.hold_id = h.hold_id;
end
$function$;

comment on function hypermind_private.hold_obstacles(date) is
$comment$The first run of a month, archived or not, that a hold in force covers, and why; no row when none is.

reason: hold.$comment$;

commit;
