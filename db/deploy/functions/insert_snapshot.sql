-- Deploy hypermind:functions/insert_snapshot to pg
-- requires: tables/run_state_snapshots
-- requires: functions/salted_hash
-- requires: functions/clock
-- requires: functions/caller

begin;

set local role hypermind_owner;

create or replace function hypermind_private.insert_snapshot(p_run_id uuid, p_seq bigint, p_project_id uuid, p_state jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_salt constant uuid := gen_random_uuid();
begin
    insert into hypermind.run_state_snapshots (run_id, seq, project_id, state, salt, state_hash, taken_at, taken_by)
    values (p_run_id, p_seq, p_project_id, p_state, v_salt, hypermind_private.salted_hash(v_salt, p_state),
            hypermind_private.clock(), hypermind_private.caller())
    on conflict (run_id, seq) do nothing;
end
$function$;

comment on function hypermind_private.insert_snapshot(uuid, bigint, uuid, jsonb) is
$comment$Keeps a state; does nothing where there is a snapshot at that seq already.$comment$;

commit;
