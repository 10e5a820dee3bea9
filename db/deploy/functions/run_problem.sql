-- Deploy hypermind:functions/run_problem to pg
-- requires: functions/erasure_problem
-- requires: functions/chain_problem
-- requires: functions/run_row_problem
-- requires: functions/pin_problem
-- requires: functions/lineage_problem
-- requires: functions/artifact_problem
-- requires: functions/snapshot_problem
-- requires: functions/end_problem

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
as $function$
begin
    -- In this order, each only when all before it found nothing: what is erased is gone, the chain proves the events, they
    -- prove the rows.
    return query
    select p.bad_seq, p.bad_object, p.problem
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
end
$function$;

comment on function hypermind_private.run_problem(uuid) is
$comment$The first place of a run that does not fit; no row if all fits. What verify_run() says, for any caller.$comment$;

commit;
