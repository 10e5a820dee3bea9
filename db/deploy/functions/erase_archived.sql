-- Deploy hypermind:functions/erase_archived to pg
-- requires: tables/erasures
-- requires: tables/run_summaries
-- requires: functions/erasure_copies
-- requires: functions/caller
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erase_archived(
    p_run         hypermind.run_summaries,
    p_seq         bigint,
    p_reason      text,
    out events    bigint,
    out snapshots bigint,
    out artifacts bigint,
    out input     boolean,
    out copies    uuid[]
)
    language plpgsql
    volatile
as $function$
begin
    insert into hypermind.erasures (run_id, erasure_id, project_id, seq, reason, erased_by, erased_at)
    select p_run.run_id, gen_random_uuid(), p_run.project_id, p_seq, p_reason, hypermind_private.caller(), hypermind_private.clock()
    where not exists (
        select from hypermind.erasures as e where e.run_id = p_run.run_id and (e.seq is null or e.seq = p_seq));

    update hypermind.run_summaries as s
    set title = null
    where s.run_id = p_run.run_id and s.title is not null and (p_seq is null or p_seq = 1);

    select 0, 0, 0, false into events, snapshots, artifacts, input;
    copies := hypermind_private.erasure_copies(p_run.run_id, coalesce(p_seq, 0), null, p_seq is null or p_seq = 1);
end
$function$;

comment on function hypermind_private.erase_archived(hypermind.run_summaries, bigint, text) is
$comment$Records the erasure of a run that is archived, or of one of its events: its copy loses the content when the archive is rewritten,
and a restore makes it good before anybody sees the run. The caller has checked who asks, the holds and p_seq, and has taken
lock_contents().

Returns what erase_run() says: nothing was lost now.$comment$;

commit;
