-- Deploy hypermind:functions/erase_run to pg
-- requires: functions/erase
-- requires: functions/erase_archived
-- requires: functions/lock_contents
-- requires: functions/erasable_run
-- requires: functions/refuse_if_held
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.erase_run(p_run_id uuid, p_reason text)
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
    if v_run.ended_at is null then
        perform hypermind_private.refuse(
            'MH027',
            format('run %s is %s: only a run that has ended can be erased', p_run_id, v_run.status),
            jsonb_build_object('run_id', p_run_id, 'status', v_run.status),
            'End it first: transition_run(..., ''cancelled''). Or erase single events: erase_payload().');
    end if;

    perform hypermind_private.lock_contents(v_run.project_id);
    perform hypermind_private.refuse_if_held(p_run_id);

    if v_run.archive_id is null then
        return query select * from hypermind_private.erase(v_run, null, p_reason);
    else
        return query select * from hypermind_private.erase_archived(v_run, null, p_reason);
    end if;
end
$function$;

comment on function hypermind.erase_run(uuid, text) is
$comment$Erases the content of a run that has ended: payload and state_delta of every event, every state, its input and metadata,
uri and metadata of its artifacts. Hashes, types, names, tags, times and figures stay, and the run still verifies. One row:

events, snapshots, artifacts: how many lost their content now. input: whether the run's input and metadata did.
copies: the forks of the run, and theirs, that may hold copies of what was erased: input, states. Erase them in the same way.
Repeating it erases nothing more, and records nothing.

Of a run that is archived the erasure is recorded, and nothing is lost now: hypermindlabs archive --rewrite takes it out of the
archive, and a restore makes it good.

p_reason: why, 1 to 2,000 characters; it is kept, with who erased it, in hypermind.erasures.

Raises MH001 (run not found), MH016 (invalid argument), MH024 (on hold), MH027 (the run is open).$comment$;

grant execute on function hypermind.erase_run(uuid, text) to hypermind_operator;

commit;
