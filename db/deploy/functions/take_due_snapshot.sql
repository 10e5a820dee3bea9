-- Deploy hypermind:functions/take_due_snapshot to pg
-- requires: functions/compute_state
-- requires: functions/insert_snapshot
-- requires: functions/state_shape
-- requires: functions/refuse
-- requires: tables/run_heads

begin;

set local role hypermind_owner;

create or replace function hypermind_private.take_due_snapshot(p_run_id uuid, p_seq bigint, p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_state constant jsonb := hypermind_private.compute_state(p_run_id, p_seq);
begin
    if pg_column_size(v_state) > 67108864 then
        perform hypermind_private.refuse(
            'MH017',
            format('the state of run %s would have %s bytes: at most 64 MiB can be kept', p_run_id, pg_column_size(v_state)),
            jsonb_build_object('run_id', p_run_id, 'bytes', pg_column_size(v_state), 'max_bytes', 67108864),
            'Remove from the state what is no longer needed; events and artifacts keep it.');
    end if;

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
$comment$Takes the automatic snapshot after the last event of an open run, whose head the caller has locked.

Raises MH017 (the state has outgrown what can be kept).$comment$;

commit;
