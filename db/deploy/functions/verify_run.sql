-- Deploy hypermind:functions/verify_run to pg
-- requires: functions/erasure_problem
-- requires: functions/chain_problem
-- requires: functions/run_row_problem
-- requires: functions/pin_problem
-- requires: functions/lineage_problem
-- requires: functions/artifact_problem
-- requires: functions/snapshot_problem
-- requires: functions/end_problem
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
    select p.last_seq, p.last_hash into last_seq, last_hash from hypermind_private.run_position(p_run_id) as p;

    -- In this order, each only when all before it found nothing: what is erased is gone, the chain proves the events, they
    -- prove the rows.
    select p.bad_seq, p.bad_object, p.problem into bad_seq, bad_object, problem
    from (
        select * from hypermind_private.erasure_problem(p_run_id)
        union all
        select * from hypermind_private.chain_problem(p_run_id)
        union all
        select * from hypermind_private.end_problem(p_run_id)
        union all
        select * from hypermind_private.run_row_problem(p_run_id)
        union all
        select * from hypermind_private.pin_problem(p_run_id)
        union all
        select * from hypermind_private.lineage_problem(p_run_id)
        union all
        select * from hypermind_private.artifact_problem(p_run_id)
        union all
        select * from hypermind_private.snapshot_problem(p_run_id)
    ) as p
    limit 1;

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

Raises MH001 (run not found).$comment$;

grant execute on function hypermind.verify_run(uuid) to hypermind_reader;

commit;
