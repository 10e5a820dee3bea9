-- Deploy hypermind:functions/refuse_unless_here to pg
-- requires: functions/period_bounds
-- requires: functions/period_state
-- requires: functions/refuse_period
-- requires: functions/refuse_retired
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_unless_here(p_period date)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
    v_here   boolean;
    v_state  text;
begin
    -- In this order: who looks for the runs waits for whoever moves them, and then hears where they are.
    v_here  := exists (select from hypermind.runs as r where r.run_id >= v_bounds.first_id and r.run_id < v_bounds.next_id);
    v_state := hypermind_private.period_state(p_period);
    if v_here and v_state <> 'detached' then
        return;
    end if;
    if v_state = 'attached' then
        perform hypermind_private.refuse_period(
            p_period, 'cannot be detached', '[{"reason": "no_runs", "run_id": null, "explanation": "it has no runs"}]');
    end if;
    perform hypermind_private.refuse_retired(
        p_period, 'is retired already', 'To bring it back: attach_period() or, once it is dropped, hypermindlabs restore.');
end
$function$;

comment on function hypermind_private.refuse_unless_here(date) is
$comment$Refuses a month that has no runs in the run tables.

Raises MH030 (it never had any), MH031 (it is retired already).$comment$;

commit;
