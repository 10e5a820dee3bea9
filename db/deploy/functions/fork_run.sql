-- Deploy hypermind:functions/fork_run to pg
-- requires: functions/start_run
-- requires: functions/started_before
-- requires: functions/resolve_pins
-- requires: functions/check_run_id
-- requires: functions/check_run_fields
-- requires: functions/check_delta
-- requires: functions/check_state_bounds
-- requires: functions/json_depth_ok
-- requires: functions/check_seq
-- requires: functions/writable_run
-- requires: functions/share_contents
-- requires: functions/refuse_erased_input
-- requires: functions/run_position
-- requires: functions/compute_state
-- requires: functions/json_patch
-- requires: functions/json_merge_patch
-- requires: roles/hypermind_writer
-- requires: functions/forked_pins
-- requires: functions/event_hash_at

begin;

set local role hypermind_owner;

create or replace function hypermind.fork_run(
    p_run_id           uuid,
    p_at_seq           bigint,
    p_state_patch      jsonb  default null,
    p_config_overrides jsonb  default '{}',
    p_new_run_id       uuid   default null,
    p_metadata         jsonb  default '{}',
    p_tags             text[] default '{}',
    p_owner            text   default null
)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_parent  hypermind.runs := hypermind_private.writable_run(p_run_id);
    v_twin    hypermind.runs;
    v_run     hypermind.runs;
    v_role    text;
    v_pins    jsonb;
    v_state   jsonb;
    v_payload jsonb;
begin
    -- What is copied from here on is not erased meanwhile.
    perform hypermind_private.share_contents(v_parent.project_id);
    v_parent := hypermind_private.writable_run(p_run_id);

    perform hypermind_private.check_seq(p_run_id, p_at_seq, 0, p.last_seq) from hypermind_private.run_position(p_run_id) as p;
    perform hypermind_private.check_object('config_overrides', p_config_overrides);
    perform hypermind_private.check_run_fields(coalesce(v_parent.input, '{}'), p_metadata, p_tags, null, null, p_owner);
    if p_state_patch is not null then
        perform hypermind_private.check_delta(p_state_patch);
    end if;
    if p_new_run_id is not null then
        perform hypermind_private.check_run_id(p_new_run_id);
    end if;

    -- A retry must succeed again, even if the parent was erased since: then it needs no state.
    select * into v_twin
    from hypermind.runs as r
    where r.run_id = p_new_run_id and r.parent_run_id = p_run_id and r.forked_at_seq = p_at_seq;

    if not found then
        perform hypermind_private.refuse_erased_input(v_parent);
        v_state := hypermind_private.compute_state(p_run_id, p_at_seq);
        if jsonb_typeof(p_state_patch) = 'array' then
            v_state := hypermind_private.json_patch(v_state, p_state_patch);
        elsif p_state_patch is not null then
            v_state := hypermind_private.json_merge_patch(v_state, p_state_patch);
        end if;
        perform hypermind_private.check_state_bounds(
            pg_column_size(v_state #> '{}'), hypermind_private.json_depth_ok(v_state, 200));
    end if;
    v_pins := hypermind_private.forked_pins(p_run_id, v_parent.project_id, p_config_overrides);

    v_run.created_at        := hypermind_private.clock();
    v_run.run_id            := coalesce(p_new_run_id, hypermind_private.run_id_at(v_run.created_at));
    v_run.project_id        := v_parent.project_id;
    v_run.mode              := 'replay';
    v_run.agent             := v_parent.agent;
    v_run.model             := v_parent.model;
    v_run.tags              := coalesce(p_tags, '{}');
    v_run.owner             := coalesce(p_owner, hypermind_private.caller());
    v_run.created_by        := hypermind_private.caller();
    v_run.input             := coalesce(v_parent.input, v_twin.input);
    v_run.metadata          := p_metadata;
    v_run.salt              := gen_random_uuid();
    v_run.parent_run_id     := p_run_id;
    v_run.forked_at_seq     := p_at_seq;
    v_run.parent_event_hash := hypermind_private.event_hash_at(p_run_id, p_at_seq);

    v_payload := jsonb_build_object(
        'mode', v_run.mode, 'parent_run_id', p_run_id, 'forked_at_seq', p_at_seq,
        'parent_event_hash', encode(v_run.parent_event_hash, 'hex'),
        'state_patch', p_state_patch, 'config_overrides', p_config_overrides);

    select p.role into strict v_role from hypermind.projects as p where p.project_id = v_run.project_id;
    if not hypermind_private.start_run(v_run, v_role, v_pins, v_payload, v_state) then
        return hypermind_private.started_before(v_run, v_payload);
    end if;
    return v_run.run_id;
end
$function$;

comment on function hypermind.fork_run(uuid, bigint, jsonb, jsonb, uuid, jsonb, text[], text) is
$comment$Starts a run from a step of another: its state at seq 0 is the parent's state at p_at_seq, edited if asked. Mode replay,
queued.

The child has everything it needs: the parent can be archived. What was edited stands in its run.created event.
p_at_seq: 0 to the parent's last seq; the parent may be open or closed.
p_state_patch: an array is a JSON Patch (RFC 6902), an object a merge patch (RFC 7396); NULL leaves the state as it was.
p_config_overrides: slots to pin differently, as in create_run(); all other slots keep the parent's versions.
p_new_run_id: a UUID version 7 within a day of now; makes the call safe to retry. p_metadata, p_tags, p_owner: as in create_run().

Raises MH001 (run not found), MH005 (the id is taken by another run), MH006 (the state breaks the state contract), MH008 (the
patch does not apply), MH012 (seq out of range), MH013 (config not found), MH016 (invalid argument), MH017 (value too large),
MH018 (invalid run id), MH025 (the input, or what led to the state, was erased).$comment$;

grant execute on function hypermind.fork_run(uuid, bigint, jsonb, jsonb, uuid, jsonb, text[], text) to hypermind_writer;

commit;
