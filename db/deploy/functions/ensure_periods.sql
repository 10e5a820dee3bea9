-- Deploy hypermind:functions/ensure_periods to pg
-- requires: functions/make_period
-- requires: functions/drop_periods
-- requires: functions/clock
-- requires: roles/hypermind_operator
-- requires: triggers/runs_append_only
-- requires: triggers/run_outcomes_append_only
-- requires: triggers/run_config_refs_append_only
-- requires: triggers/run_events_append_only
-- requires: triggers/run_state_snapshots_append_only
-- requires: triggers/run_artifacts_append_only
-- requires: indexes/run_events_run_id_event_id_idx
-- requires: indexes/run_artifacts_project_id_kind_run_id_seq_idx
-- requires: indexes/run_artifacts_project_id_media_type_run_id_seq_idx
-- requires: indexes/run_artifacts_project_id_run_id_seq_idx
-- requires: indexes/run_artifacts_project_id_sha256_run_id_seq_idx
-- requires: indexes/run_events_project_id_recorded_at_idx
-- requires: indexes/run_events_run_id_parent_seq_seq_idx
-- requires: indexes/run_events_text_idx

begin;

set local role hypermind_owner;

create or replace function hypermind.ensure_periods(p_ahead integer default 12)
    returns integer
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_at   timestamptz := hypermind_private.clock();
    v_made integer := 0;
begin
    if p_ahead is null or p_ahead not between 0 and 120 then
        raise exception using
            errcode = 'MH016',
            message = format('p_ahead is %s: it must be a number of months from 0 to 120', coalesce(p_ahead::text, 'null')),
            detail  = '{"argument": "p_ahead"}',
            hint    = 'Leave it out for 12 months.';
    end if;

    for i in 0 .. p_ahead loop
        if not hypermind_private.period_exists(v_at) and hypermind_private.make_period(v_at) then
            v_made := v_made + 1;
        end if;
        v_at := hypermind_private.period_end(v_at);
    end loop;

    return v_made;
end
$function$;

comment on function hypermind.ensure_periods(integer) is
$comment$Makes the periods from this month on that are missing, and returns how many it made.

p_ahead: how many months beyond this one, 0 to 120. Writes never depend on it: create_run() makes a missing period itself.

Raises MH016 (invalid argument).$comment$;

grant execute on function hypermind.ensure_periods(integer) to hypermind_operator;

select hypermind.ensure_periods(12);

commit;
