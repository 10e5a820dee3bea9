-- Deploy hypermind:functions/refuse_if_moved to pg
-- requires: tables/runs
-- requires: functions/period_name
-- requires: functions/uuidv7_time

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_if_moved(p_run_id uuid)
    returns void
    language plpgsql
    stable
as $function$
declare
    v_leaf constant regclass := to_regclass(
        'hypermind_private.runs_' || hypermind_private.period_name(hypermind.uuidv7_time(p_run_id)));
begin
    if v_leaf is null or pg_partition_root(v_leaf) is distinct from 'hypermind.runs'::regclass then
        raise exception using
            errcode = '40001',
            message = format('the month of run %s left the run tables while it was looked up', p_run_id),
            hint    = 'Run the transaction again.';
    end if;
end
$function$;

comment on function hypermind_private.refuse_if_moved(uuid) is
$comment$For whoever was told by run_summaries that a run is here, and does not find it: refuses to go on where its month was detached in
between. Whoever has read a run table keeps the months attached until the transaction ends.

Raises 40001 (run the transaction again).$comment$;

commit;
