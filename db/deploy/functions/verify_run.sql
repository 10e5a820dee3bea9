-- Deploy hypermind:functions/verify_run to pg
-- requires: functions/run_problem
-- requires: functions/readable_run
-- requires: functions/run_position
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.verify_run(p_run_id uuid)
    returns table (
        valid      boolean,
        events     bigint,
        last_seq   bigint,
        last_hash  bytea,
        bad_seq    bigint,
        bad_object text,
        problem    text
    )
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
begin
    perform hypermind_private.readable_run(p_run_id);

    select count(*) into events from hypermind.run_events as e where e.run_id = p_run_id;
    if events = 0 then
        perform hypermind_private.refuse_if_moved(p_run_id);
    end if;
    select p.last_seq, p.last_hash into last_seq, last_hash from hypermind_private.run_position(p_run_id) as p;

    select p.bad_seq, p.bad_object, p.problem into bad_seq, bad_object, problem
    from hypermind_private.run_problem(p_run_id) as p;

    valid := not found;
    return next;
end
$function$;

comment on function hypermind.verify_run(uuid) is
$comment$Proves that a run is what was recorded: recomputes the hash chain over its events, and checks its row, pins, pinned contents,
lineage, artifacts, snapshots, and head or outcome against it. What was erased is proved by its hashes. One row:

valid: whether all fits. events: how many there are. last_seq, last_hash: as the head or outcome has them; kept elsewhere, last_hash
proves the run even against the owner of the database.
bad_seq, bad_object, problem: the first place that does not fit, the table it is in, and what is wrong there.

Raises MH001 (run not found), MH032 (run archived).$comment$;

grant execute on function hypermind.verify_run(uuid) to hypermind_reader;

commit;
