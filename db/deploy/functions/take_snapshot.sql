-- Deploy hypermind:functions/take_snapshot to pg
-- requires: functions/compute_state
-- requires: functions/insert_snapshot
-- requires: functions/check_seq
-- requires: functions/writable_run
-- requires: functions/share_contents
-- requires: functions/run_position
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.take_snapshot(p_run_id uuid, p_seq bigint default null)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_run  constant hypermind.runs := hypermind_private.writable_run(p_run_id);
    v_last bigint;
    v_seq  bigint;
begin
    perform hypermind_private.share_contents(v_run.project_id);
    select p.last_seq into strict v_last from hypermind_private.run_position(p_run_id) as p;
    v_seq := coalesce(p_seq, v_last);
    perform hypermind_private.check_seq(p_run_id, v_seq, 1, v_last);

    perform hypermind_private.insert_snapshot(
        p_run_id, v_seq, v_run.project_id, hypermind_private.compute_state(p_run_id, v_seq));
    return v_seq;
end
$function$;

comment on function hypermind.take_snapshot(uuid, bigint) is
$comment$Keeps the state of a run, open or closed, after the event p_seq (NULL: the last), and returns that seq. It makes reading
states near it quicker, and changes no result. Snapshots are also taken on their own as a run grows, and when it ends.

Raises MH001 (run not found), MH006 (the state breaks the project's state contract), MH012 (seq out of range), MH017 (nested too
deep for that contract), MH025 (content that led to the state was erased).$comment$;

grant execute on function hypermind.take_snapshot(uuid, bigint) to hypermind_writer;

commit;
