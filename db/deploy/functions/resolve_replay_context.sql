-- Deploy hypermind:functions/resolve_replay_context to pg
-- requires: tables/runs
-- requires: functions/readable_run
-- requires: functions/refuse_erased_input
-- requires: functions/readable_seq
-- requires: functions/pinned_configs
-- requires: functions/replay_digest
-- requires: functions/event_hash_at
-- requires: functions/compute_state
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.resolve_replay_context(p_run_id uuid, p_at_seq bigint default null)
    returns table (
        run_id          uuid,
        at_seq          bigint,
        event_hash      bytea,
        mode            text,
        input           jsonb,
        configs         jsonb,
        state           jsonb,
        digest          bytea,
        snapshot_seq    bigint,
        first_event_seq bigint,
        last_event_seq  bigint
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_run hypermind.runs;
begin
    perform hypermind_private.readable_run(p_run_id);
    select * into v_run from hypermind.runs as r where r.run_id = p_run_id;
    if not found then
        perform hypermind_private.refuse_if_moved(p_run_id);
    end if;
    perform hypermind_private.refuse_erased_input(v_run);

    run_id     := p_run_id;
    at_seq     := hypermind_private.readable_seq(p_run_id, p_at_seq, 0);
    event_hash := hypermind_private.event_hash_at(p_run_id, at_seq);
    mode       := v_run.mode;
    input      := v_run.input;
    configs    := hypermind_private.pinned_configs(p_run_id);
    state      := hypermind_private.compute_state(p_run_id, at_seq);
    digest     := hypermind_private.replay_digest(run_id, at_seq, event_hash, configs, input, state);

    -- How the state was reached, outside of the digest: a later snapshot changes it.
    select coalesce(max(s.seq), 0) into snapshot_seq
    from hypermind.run_state_snapshots as s
    where s.run_id = p_run_id and s.seq <= at_seq and s.state is not null;
    if snapshot_seq < at_seq then
        first_event_seq := snapshot_seq + 1;
        last_event_seq  := at_seq;
    end if;

    return next;
end
$function$;

comment on function hypermind.resolve_replay_context(uuid, bigint) is
$comment$Everything that a replay from one step of a run starts from, in one row: input, pinned contents, state, and a digest over them.

p_at_seq: 0 is the start, NULL the last event.
configs: an array of {slot, kind, name, version, content, content_sha256 (hex)}, by slot. Pins only: no label is read.
digest: SHA-256, specified in docs/hash-chain.md; the same on any server, after dump and restore, after any label moved.
snapshot_seq, first_event_seq, last_event_seq: from which snapshot, with which events after it, the state was folded; these may
differ from call to call, and are outside of the digest.

Raises MH001 (run not found), MH012 (seq out of range), MH025 (the input, or what led to the state, was erased), MH032 (run
archived), 40001 (run the transaction again).$comment$;

grant execute on function hypermind.resolve_replay_context(uuid, bigint) to hypermind_reader;

commit;
