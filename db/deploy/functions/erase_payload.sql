-- Deploy hypermind:functions/erase_payload to pg
-- requires: functions/erase
-- requires: functions/erase_archived
-- requires: functions/check_seq
-- requires: functions/lock_contents
-- requires: functions/erasable_run
-- requires: functions/refuse_if_held
-- requires: functions/run_position
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.erase_payload(p_run_id uuid, p_seq bigint, p_reason text)
    returns table (events bigint, snapshots bigint, artifacts bigint, input boolean, copies uuid[])
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_run constant hypermind.run_summaries := hypermind_private.erasable_run(p_run_id, p_reason);
begin
    -- Of an open run: nobody appends to it, or ends it, meanwhile.
    perform from hypermind.run_heads as h where h.run_id = p_run_id for no key update;
    perform hypermind_private.lock_contents(v_run.project_id);
    perform hypermind_private.check_seq(
        p_run_id, p_seq, 1,
        coalesce(v_run.events, (select p.last_seq from hypermind_private.run_position(p_run_id) as p)));
    perform hypermind_private.refuse_if_held(p_run_id);

    if v_run.archive_id is null then
        return query select * from hypermind_private.erase(v_run, p_seq, p_reason);
    else
        return query select * from hypermind_private.erase_archived(v_run, p_seq, p_reason);
    end if;
end
$function$;

comment on function hypermind.erase_payload(uuid, bigint, text) is
$comment$Erases the content of one event of a run, open or closed: payload and state_delta; with run.created also the run's input,
metadata and base state, with artifact.attached also the artifact's uri and metadata. If it changed the state, the snapshots after
it lose theirs, up to an event that replaced the whole state: what was erased may be in them. Hashes, types, names, tags, times
and figures stay, and the run still verifies. Returns what was erased now, as erase_run() does.

Of a run that is archived the erasure is recorded, as with erase_run(). States that need what is gone can no longer be read: MH025. An open run goes on; a JSON Patch that would have to look at such a
state is refused until a delta replaces the whole state.

p_reason: why, 1 to 2,000 characters; it is kept, with who erased it, in hypermind.erasures.

Raises MH001 (run not found), MH012 (seq out of range), MH016 (invalid argument), MH024 (on hold).$comment$;

grant execute on function hypermind.erase_payload(uuid, bigint, text) to hypermind_operator;

commit;
