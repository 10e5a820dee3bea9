-- Deploy hypermind:functions/finish_restore to pg
-- requires: functions/restorable_archive
-- requires: functions/period_bounds
-- requires: functions/apply_erasures
-- requires: functions/refuse_unproved
-- requires: functions/record_move
-- requires: functions/refuse_argument
-- requires: tables/restores
-- requires: tables/run_summaries
-- requires: triggers/restores_are_finished
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.finish_restore(p_archive_id uuid, p_run_ids uuid[])
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_archive constant hypermind.archives := hypermind_private.restorable_archive(p_archive_id);
    v_bounds  constant record             := hypermind_private.period_bounds(v_archive.period);
    v_run_id  uuid;
    v_runs    bigint := 0;
begin
    for v_run_id in select distinct u.id from unnest(p_run_ids) as u (id) order by u.id loop
        delete from hypermind.restores as r where r.run_id = v_run_id and r.archive_id = p_archive_id;
        if not found then
            perform hypermind_private.refuse_argument(
                'p_run_ids', format('this transaction does not restore run %s', coalesce(v_run_id::text, 'null')),
                'Call restore_rows() first, in the same transaction.');
        end if;
        update hypermind.run_summaries as s set archive_id = null where s.run_id = v_run_id;
        perform hypermind_private.apply_erasures(v_run_id);
        perform hypermind_private.refuse_unproved(v_archive, v_run_id);
        v_runs := v_runs + 1;
    end loop;

    if not exists (select from hypermind.run_summaries as s
                   where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id is not null)
       and v_runs > 0 then
        perform hypermind_private.record_move(v_archive.period, 'attached', p_archive_id, v_archive.runs);
    end if;
    return v_runs;
end
$function$;

comment on function hypermind.finish_restore(uuid, uuid[]) is
$comment$Ends the restore of runs whose rows restore_rows() has brought back: erases what was to be erased while they were away, proves each
run as verify_run() does, and by where the archive says that its chain ends, and lists it as here. Returns how many runs.

A month whose last run is back takes new runs again.

Raises MH016 (invalid argument), MH029 (a run is not what was archived: nothing is kept).$comment$;

grant execute on function hypermind.finish_restore(uuid, uuid[]) to hypermind_operator;

commit;
