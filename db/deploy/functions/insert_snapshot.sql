-- Deploy hypermind:functions/insert_snapshot to pg
-- requires: tables/run_state_snapshots
-- requires: functions/salted_hash
-- requires: functions/clock
-- requires: functions/caller
-- requires: functions/check_contract

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
    if exists (select from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.seq = p_seq) then
        return;
    end if;

    insert into hypermind.run_state_snapshots (run_id, seq, project_id, state, salt, state_hash, taken_at, taken_by, contract_version)
    values (p_run_id, p_seq, p_project_id, p_state, v_salt, hypermind_private.salted_hash(v_salt, p_state),
            hypermind_private.clock(), hypermind_private.caller(), hypermind_private.check_contract('state', p_project_id, p_state))
    on conflict (run_id, seq) do nothing;
end
$function$;

comment on function hypermind_private.insert_snapshot(uuid, bigint, uuid, jsonb) is
$comment$Keeps a state; does nothing where there is a snapshot at that seq already.

Raises MH006 (the state breaks the project's state contract), MH017 (nested too deep for it).$comment$;

commit;
