-- Deploy hypermind:functions/refuse_if_retired to pg
-- requires: functions/uuidv7_time
-- requires: functions/period_start
-- requires: functions/period_name
-- requires: functions/period_state
-- requires: functions/refuse_if_archived
-- requires: functions/refuse_taken_id
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_if_retired(p_run_id uuid, p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_at    constant timestamptz := hypermind.uuidv7_time(p_run_id);
    v_leaf  regclass;
    v_month date;
    v_run   hypermind.run_summaries;
begin
    -- Also for the month of now: it may be retired already, by a clock that has been set back since.

    -- Whoever detaches the month is waited for, and whoever wants to do so waits for this run.
    v_leaf := to_regclass('hypermind_private.runs_' || hypermind_private.period_name(v_at));
    if v_leaf is not null then
        execute format('lock table only %s in row exclusive mode', v_leaf);
    end if;
    v_month := hypermind_private.period_start(v_at) at time zone 'UTC';
    if hypermind_private.period_state(v_month) = 'attached'
       and (v_leaf is null or pg_partition_root(v_leaf) = 'hypermind.runs'::regclass) then
        return;
    end if;

    -- A retry, perhaps of a run that is here again.
    select * into v_run from hypermind.run_summaries as s where s.run_id = p_run_id;
    if found then
        if v_run.project_id <> p_project_id then
            perform hypermind_private.refuse_taken_id(p_run_id);
        end if;
        perform hypermind_private.refuse_if_archived(v_run);
        return;
    end if;
    perform hypermind_private.refuse(
        'MH031',
        format('the month of run %s, %s, is retired: it takes no new runs', p_run_id, to_char(v_month, 'YYYY-MM')),
        jsonb_build_object('run_id', p_run_id, 'period', v_month),
        'Give the run an id of now; its events can say when they occurred. Or bring the month back: hypermindlabs restore.');
end
$function$;

comment on function hypermind_private.refuse_if_retired(uuid, uuid) is
$comment$Refuses to start a run in a month whose runs have been archived and taken away.

Raises MH005 (the id is taken by a run of another project), MH031 (period retired), MH032 (run archived: a retry).$comment$;

commit;
