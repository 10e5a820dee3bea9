-- Deploy hypermind:functions/record_archive_runs to pg
-- requires: functions/period_bounds
-- requires: functions/period_state
-- requires: tables/archive_runs
-- requires: tables/run_outcomes
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.record_archive_runs(
    p_archive_id uuid, p_period date, p_supersedes uuid
)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
begin
    if hypermind_private.period_state(p_period) = 'attached' then
        insert into hypermind.archive_runs (archive_id, run_id, project_id, last_seq, last_hash)
        select p_archive_id, o.run_id, o.project_id, o.last_seq, o.last_hash
        from hypermind.run_outcomes as o
        where o.run_id >= v_bounds.first_id and o.run_id < v_bounds.next_id;
    else
        insert into hypermind.archive_runs (archive_id, run_id, project_id, last_seq, last_hash)
        select p_archive_id, a.run_id, a.project_id, a.last_seq, a.last_hash
        from hypermind.archive_runs as a
        where a.archive_id = p_supersedes;

        update hypermind.run_summaries as s
        set archive_id = p_archive_id
        where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.archive_id = p_supersedes;
    end if;
end
$function$;

comment on function hypermind_private.record_archive_runs(uuid, date, uuid) is
$comment$Keeps which runs an archive holds, and where their chains end: those of the month, or, of a month that is retired, those of the
archive that it takes the place of; runs that are away are away in the new one from now on.$comment$;

commit;
