-- Deploy hypermind:functions/attach_period to pg
-- requires: functions/refuse_snapshots
-- requires: functions/check_period
-- requires: functions/period_bounds
-- requires: functions/refuse_retired
-- requires: functions/leaves
-- requires: functions/parents
-- requires: functions/move_briefly
-- requires: functions/record_move
-- requires: functions/apply_erasures
-- requires: tables/run_summaries
-- requires: tables/erased_hashes
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.attach_period(p_period date)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_bounds record;
    v_move   hypermind.period_moves;
    v_leaf   text;
    v_runs   bigint;
begin
    perform hypermind_private.refuse_snapshots();
    perform hypermind_private.check_period(p_period);
    v_bounds := hypermind_private.period_bounds(p_period);
    lock table hypermind.archives, hypermind.erasures in share row exclusive mode;
    select * into v_move from hypermind.period_moves as m where m.period = p_period order by m.move desc limit 1;
    if coalesce(v_move.action, 'attached') = 'attached' then
        return 0;
    elsif v_move.action = 'dropped' then
        perform hypermind_private.refuse_retired(
            p_period, 'was dropped: only its archive has it', 'Restore it: hypermindlabs restore ' || to_char(p_period, 'YYYY-MM') || '.');
    end if;

    -- Proved here, where nobody waits, so that attaching has not to look at each row.
    foreach v_leaf in array hypermind_private.leaves(p_period) loop
        execute format('alter table %s add constraint of_this_month check (run_id >= %L and run_id < %L)',
                       v_leaf, v_bounds.first_id, v_bounds.next_id);
    end loop;
    perform hypermind_private.move_briefly(
        'share update exclusive', hypermind_private.parents(), format('%s cannot be attached now', to_char(p_period, 'YYYY-MM')),
        (select array_agg(format('alter table %s attach partition %s for values from (%L) to (%L)', t.parent, t.leaf,
                                 v_bounds.first_id, v_bounds.next_id) order by t.ord)
         from unnest(hypermind_private.parents(), hypermind_private.leaves(p_period)) with ordinality as t (parent, leaf, ord)));
    foreach v_leaf in array hypermind_private.leaves(p_period) loop
        execute format('alter table %s drop constraint of_this_month', v_leaf);
        execute format('drop trigger detached_append_only on %s', v_leaf);
    end loop;

    update hypermind.run_summaries as s
    set archive_id = null
    where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id
      and exists (select from hypermind.runs as r where r.run_id = s.run_id);
    get diagnostics v_runs = row_count;
    perform hypermind_private.apply_erasures(e.run_id)
    from (select distinct x.run_id from hypermind.erasures as x
          where x.run_id >= v_bounds.first_id and x.run_id < v_bounds.next_id
            and not exists (select from hypermind.erased_hashes as h where h.run_id = x.run_id and h.erasure_id = x.erasure_id)) as e;
    perform hypermind_private.record_move(
        p_period,
        case when exists (select from hypermind.run_summaries as s
                          where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id is not null)
             then 'dropped' else 'attached' end,
        v_move.archive_id, v_runs);
    return v_runs;
end
$function$;

comment on function hypermind.attach_period(date) is
$comment$Brings a month back that was detached and not dropped yet, and returns how many runs came back; 0 when it is here. What was erased
meanwhile is erased.

p_period: the first day of the month, UTC.

Raises MH016 (invalid argument), MH031 (it was dropped), 55P03 (the tables are in use: try again).$comment$;

grant execute on function hypermind.attach_period(date) to hypermind_operator;

commit;
