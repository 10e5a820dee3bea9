-- Deploy hypermind:functions/take_due_snapshot to pg
-- requires: functions/readable_state
-- requires: functions/insert_snapshot
-- requires: functions/state_shape
-- requires: functions/check_state_bounds
-- requires: functions/json_depth_ok
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.take_due_snapshot(p_run_id uuid, p_seq bigint, p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_state constant jsonb := hypermind_private.readable_state(p_run_id, p_seq);
begin
    -- Erased content has led to the state: there is none to keep, until a delta replaces the whole of it. Asked again when
    -- another snapshot is due.
    if v_state is null then
        update hypermind.run_heads as h
        set deltas_since_snapshot = 0, delta_bytes = 0, snapshot_bytes = 0
        where h.run_id = p_run_id;
        return;
    end if;

    perform hypermind_private.check_state_bounds(pg_column_size(v_state), hypermind_private.json_depth_ok(v_state, 200));

    perform hypermind_private.insert_snapshot(p_run_id, p_seq, p_project_id, v_state);

    update hypermind.run_heads as h
    set state_shape           = hypermind_private.state_shape(v_state),
        deltas_since_snapshot = 0,
        delta_bytes           = 0,
        snapshot_bytes        = pg_column_size(v_state)
    where h.run_id = p_run_id;
end
$function$;

comment on function hypermind_private.take_due_snapshot(uuid, bigint, uuid) is
$comment$Takes the automatic snapshot after the last event of an open run, whose head the caller has locked; none where erased
content has led to the state.

Raises MH006 (the state breaks the project's state contract), MH017 (the state has outgrown what can be kept).$comment$;

commit;
