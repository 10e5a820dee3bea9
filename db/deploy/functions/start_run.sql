-- Deploy hypermind:functions/start_run to pg
-- requires: functions/ensure_period_of
-- requires: functions/refuse_if_retired
-- requires: functions/run_hash
-- requires: functions/pins_of
-- requires: functions/append_once
-- requires: functions/insert_snapshot
-- requires: functions/state_shape
-- requires: functions/genesis_hash
-- requires: tables/run_config_refs
-- requires: functions/run_words
-- requires: tables/run_heads
-- requires: tables/run_summaries
-- requires: tables/run_state_snapshots

begin;

set local role hypermind_owner;

create or replace function hypermind_private.start_run(
    p_run hypermind.runs, p_role text, p_pins jsonb, p_payload jsonb, p_base_state jsonb default null
)
    returns boolean
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse_if_retired(p_run.run_id, p_run.project_id);
    perform hypermind_private.ensure_period_of(p_run.run_id);

    insert into hypermind.runs select p_run.* on conflict (run_id) do nothing;
    if not found then
        return false;
    end if;

    insert into hypermind.run_summaries (
        run_id, project_id, mode, agent, model, owner, tags, title, status, created_at, parent_run_id, forked_at_seq, words
    )
    select p_run.run_id, p_run.project_id, p_run.mode, p_run.agent, p_run.model, p_run.owner, p_run.tags,
           left(p_run.metadata ->> 'title', 200), 'queued', p_run.created_at, p_run.parent_run_id, p_run.forked_at_seq,
           hypermind_private.run_words(p_run.project_id, p_run.tags, array_agg(p.config_id), array_agg(p.version),
                                       array_agg(p.label))
    from jsonb_to_recordset(p_pins) as p (config_id uuid, version integer, label text);

    insert into hypermind.run_config_refs (
        run_id, slot, project_id, config_id, kind, name, version, label, content_sha256
    )
    select p_run.run_id, p.slot, p_run.project_id, p.config_id, p.kind, p.name, p.version, p.label, p.content_sha256
    from jsonb_to_recordset(p_pins) as p (
        slot text, config_id uuid, kind text, name text, version integer, label text, content_sha256 bytea);

    if p_base_state is not null then
        perform hypermind_private.insert_snapshot(p_run.run_id, 0, p_run.project_id, p_base_state);
    end if;

    insert into hypermind.run_heads (
        run_id, project_id, project_role, status, last_seq, last_hash, last_recorded_at, state_shape, snapshot_bytes
    )
    values (
        p_run.run_id, p_run.project_id, p_role, 'queued', 0, hypermind_private.genesis_hash(), p_run.created_at,
        hypermind_private.state_shape(coalesce(p_base_state, '{}')), coalesce(pg_column_size(p_base_state), 0)
    );

    perform hypermind_private.append_once(
        p_run.run_id, 'run.created', p_payload,
        p_subject_hash => hypermind_private.run_hash(
            p_run, hypermind_private.pins_of(p_run.run_id),
            (select s.state_hash from hypermind.run_state_snapshots as s where s.run_id = p_run.run_id and s.seq = 0)),
        p_now => p_run.created_at);

    return true;
end
$function$;

comment on function hypermind_private.start_run(hypermind.runs, text, jsonb, jsonb, jsonb) is
$comment$Writes a new run: its row, summary, pins, base state, head and run.created. False, with nothing written, when the id is taken.

p_role: the role of its project. p_pins: as resolve_pins() gives them. p_payload: of run.created.
p_base_state: the state at seq 0 of a fork; NULL for {}.$comment$;

commit;
