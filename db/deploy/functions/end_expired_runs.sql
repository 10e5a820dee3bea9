-- Deploy hypermind:functions/end_expired_runs to pg
-- requires: functions/end_expired_run
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.end_expired_runs(p_limit integer, p_grace interval)
    returns table (done bigint, failed bigint, remaining bigint, note text)
    language plpgsql
    volatile
as $function$
declare
    v_before constant timestamptz := hypermind_private.clock() - p_grace;
    v_run_id uuid;
begin
    done   := 0;
    failed := 0;
    -- In any order, so that some that cannot be ended do not keep the others waiting for ever. At most 50, a subtransaction each:
    -- past 64 of them, everybody's snapshots become slow.
    for v_run_id in
        select h.run_id
        from hypermind.run_heads as h
        where h.status in ('queued', 'running') and h.claim_expires_at < v_before
        order by random()
        limit least(p_limit, 50)
    loop
        begin
            if hypermind_private.end_expired_run(v_run_id, v_before) then
                done := done + 1;
            end if;
        exception
            when others then
                failed := failed + 1;
                note   := coalesce(note, format('run %s could not be ended: %s (%s)', v_run_id, sqlerrm, sqlstate));
                raise warning 'run % could not be ended: % (%)', v_run_id, sqlerrm, sqlstate;
        end;
    end loop;

    select count(*) into remaining
    from hypermind.run_heads as h
    where h.status in ('queued', 'running') and h.claim_expires_at < v_before;
    return next;
end
$function$;

comment on function hypermind_private.end_expired_runs(integer, interval) is
$comment$Ends queued and running runs whose claim ended p_grace ago or earlier, at most 50 at a time. One that cannot be ended is
left as it is, with a warning, and the others go on. One that somebody is writing to is left for the next time.$comment$;

commit;
