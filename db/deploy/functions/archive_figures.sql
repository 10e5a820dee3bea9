-- Deploy hypermind:functions/archive_figures to pg
-- requires: functions/open_obstacles
-- requires: functions/refuse_period
-- requires: functions/period_state
-- requires: functions/figures_archived
-- requires: functions/current_archive
-- requires: functions/figures_here
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.archive_figures(p_period date)
    returns jsonb
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_reasons jsonb;
    v_figures jsonb;
begin
    select jsonb_agg(to_jsonb(o)) into v_reasons from hypermind_private.open_obstacles(p_period) as o;
    if v_reasons is not null then
        perform hypermind_private.refuse_period(p_period, 'cannot be archived yet', v_reasons);
    end if;
    if hypermind_private.period_state(p_period) <> 'attached' then
        return hypermind_private.figures_archived(hypermind_private.current_archive(p_period));
    end if;

    v_figures := hypermind_private.figures_here(p_period);
    if v_figures ->> 'runs' = '0' then
        perform hypermind_private.refuse_period(
            p_period, 'cannot be archived', '[{"reason": "no_runs", "run_id": null, "explanation": "it has no runs"}]');
    end if;
    return v_figures;
end
$function$;

comment on function hypermind.archive_figures(date) is
$comment$What an archive of a month has to hold, an object: runs, events; tables: rows of each run table but the snapshots, which can be
computed; erasures: how many have been recorded; merkle_root: over its runs, hex (docs/hash-chain.md). Of a month that is retired: what
its archive holds, with the erasures of now.

p_period: the first day of the month, UTC.

Raises MH016 (invalid argument), MH030 (it is not over, has runs that have not ended, or none at all).$comment$;

grant execute on function hypermind.archive_figures(date) to hypermind_operator;

commit;
