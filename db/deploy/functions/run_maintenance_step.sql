-- Deploy hypermind:functions/run_maintenance_step to pg
-- requires: functions/ensure_periods
-- requires: functions/end_expired_runs
-- requires: functions/refresh_rollups
-- requires: tables/maintenance_steps
-- requires: functions/caller
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_maintenance_step(p_step text, p_limit integer, p_grace interval)
    returns hypermind.maintenance_steps
    language plpgsql
    volatile
as $function$
declare
    v_step hypermind.maintenance_steps;
begin
    v_step.step     := p_step;
    v_step.tried_at := hypermind_private.clock();
    v_step.ran_by   := hypermind_private.caller();
    v_step.failed   := 0;
    begin
        case p_step
            when 'periods' then
                v_step.done      := hypermind.ensure_periods(12);
                v_step.remaining := 0;
            when 'claims' then
                select e.done, e.failed, e.remaining, e.note into v_step.done, v_step.failed, v_step.remaining, v_step.note
                from hypermind_private.end_expired_runs(p_limit, p_grace) as e;
            when 'figures' then
                v_step.done      := hypermind.refresh_rollups(p_limit);
                v_step.remaining := (select count(*) from hypermind.rollup_pending);
        end case;
        v_step.ran_at := hypermind_private.clock();
    exception
        when others then
            v_step.done      := 0;
            v_step.failed    := 1;
            v_step.remaining := null;
            v_step.note      := format('%s (%s)', sqlerrm, sqlstate);
            raise warning 'maintenance of % failed: % (%)', p_step, sqlerrm, sqlstate;
    end;

    insert into hypermind.maintenance_steps as m select v_step.*
    on conflict (step) do update
    set tried_at  = excluded.tried_at,
        ran_at    = coalesce(excluded.ran_at, m.ran_at),
        done      = excluded.done,
        failed    = excluded.failed,
        remaining = excluded.remaining,
        note      = excluded.note,
        ran_by    = excluded.ran_by;

    return v_step;
end
$function$;

comment on function hypermind_private.run_maintenance_step(text, integer, interval) is
$comment$Does one step of maintenance, notes in maintenance_steps how it went, and returns that. A step that fails leaves nothing
half done, says so with a warning, and does not keep the others from running.

p_step: periods, claims or figures. p_limit, p_grace: as in maintain().$comment$;

commit;
