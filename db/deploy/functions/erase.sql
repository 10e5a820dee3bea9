-- Deploy hypermind:functions/erase to pg
-- requires: tables/erased_hashes
-- requires: tables/run_artifacts
-- requires: functions/erased_from
-- requires: functions/erasure_copies
-- requires: functions/readable_state
-- requires: functions/replaces_state
-- requires: functions/salted_hash
-- requires: functions/state_shape
-- requires: functions/caller
-- requires: functions/clock
-- requires: tables/run_summaries
-- requires: triggers/run_events_append_only

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erase(
    p_run         hypermind.run_summaries,
    p_seq         bigint,
    p_reason      text,
    p_erasure_id  uuid default gen_random_uuid(),
    out events    bigint,
    out snapshots bigint,
    out artifacts bigint,
    out input     boolean,
    out copies    uuid[]
)
    language plpgsql
    volatile
as $function$
declare
    v_run_id constant uuid   := p_run.run_id;
    v_from   constant bigint := hypermind_private.erased_from(p_run.run_id, p_seq);
    v_to     bigint;
begin
    -- Any later state may hold what was erased, until one takes the place of all that was before.
    select min(e.seq) into v_to
    from hypermind.run_events as e
    where e.run_id = v_run_id and e.seq > p_seq and hypermind_private.replaces_state(e.state_delta);

    -- The hashes first; where there is nothing left to erase, nothing is recorded.
    with hashes as materialized (
        select 'event' as kind, e.seq, hypermind_private.salted_hash(e.salt, e.payload) as payload_hash,
               hypermind_private.salted_hash(e.salt, e.state_delta) as delta_hash, null::bytea as state_hash,
               null::bytea as input_hash, null::bytea as metadata_hash, null::bytea as uri_hash
        from hypermind.run_events as e
        where e.run_id = v_run_id and (p_seq is null or e.seq = p_seq) and e.salt is not null
        union all
        select 'snapshot', s.seq, null, null, hypermind_private.salted_hash(s.salt, s.state), null, null, null
        from hypermind.run_state_snapshots as s
        where s.run_id = v_run_id and s.seq >= v_from and (v_to is null or s.seq < v_to) and s.salt is not null
        union all
        select 'run', 1, null, null, null, hypermind_private.salted_hash(r.salt, r.input),
               hypermind_private.salted_hash(r.salt, r.metadata), null
        from hypermind.runs as r
        where r.run_id = v_run_id and (p_seq is null or p_seq = 1) and r.salt is not null
        union all
        select 'artifact', a.seq, null, null, null, null, hypermind_private.salted_hash(a.salt, a.metadata),
               hypermind_private.salted_hash(a.salt, to_jsonb(a.uri))
        from hypermind.run_artifacts as a
        where a.run_id = v_run_id and (p_seq is null or a.seq = p_seq) and a.salt is not null
    ),
    erasure as (
        insert into hypermind.erasures (run_id, erasure_id, project_id, seq, reason, erased_by, erased_at)
        select v_run_id, p_erasure_id, p_run.project_id, p_seq, p_reason, hypermind_private.caller(), hypermind_private.clock()
        where exists (select from hashes)
        on conflict (run_id, erasure_id) do nothing
    )
    insert into hypermind.erased_hashes (
        run_id, kind, seq, project_id, erasure_id, payload_hash, delta_hash, state_hash, input_hash, metadata_hash, uri_hash
    )
    select v_run_id, h.kind, h.seq, p_run.project_id, p_erasure_id, h.payload_hash, h.delta_hash, h.state_hash, h.input_hash,
           h.metadata_hash, h.uri_hash
    from hashes as h
    -- An older archive has what was erased from a later one: the hashes are here.
    on conflict (run_id, kind, seq) do nothing;

    -- Then the content.
    update hypermind.run_events as e
    set payload = null, state_delta = null, salt = null
    where e.run_id = v_run_id and (p_seq is null or e.seq = p_seq) and e.salt is not null;
    get diagnostics events = row_count;

    update hypermind.run_state_snapshots as s
    set state = null, salt = null
    where s.run_id = v_run_id and s.seq >= v_from and (v_to is null or s.seq < v_to) and s.salt is not null;
    get diagnostics snapshots = row_count;

    update hypermind.run_artifacts as a
    set uri = null, metadata = null, salt = null
    where a.run_id = v_run_id and (p_seq is null or a.seq = p_seq) and a.salt is not null;
    get diagnostics artifacts = row_count;

    update hypermind.runs as r
    set input = null, metadata = null, salt = null
    where r.run_id = v_run_id and (p_seq is null or p_seq = 1) and r.salt is not null;
    input := found;
    update hypermind.run_summaries as s set title = null where s.run_id = v_run_id and input;

    -- The head of an open run keeps names of members: false stands for members that are not known.
    if v_from is not null then
        update hypermind.run_heads as h
        set state_shape = coalesce(
                hypermind_private.state_shape(hypermind_private.readable_state(h.run_id, h.last_seq)), 'false')
        where h.run_id = v_run_id;
    end if;

    copies := hypermind_private.erasure_copies(v_run_id, v_from, v_to, p_seq is null or p_seq = 1);
end
$function$;

comment on function hypermind_private.erase(hypermind.run_summaries, bigint, text, uuid) is
$comment$Erases a run, or, with p_seq, one of its events with what that event vouches for and the snapshots that may hold what it
changed: their hashes go to erased_hashes, and the content to NULL. The caller has checked who asks, the holds and p_seq, and has
taken the locks: the head's, if the run is open, and lock_contents().

p_erasure_id: of an erasure that was recorded while the run was archived, and is made good now.

Returns what erase_run() says.$comment$;

commit;
