-- Deploy hypermind:functions/maintain to pg
-- requires: functions/run_maintenance_step
-- requires: functions/refuse
-- requires: functions/refuse_argument
-- requires: triggers/maintenance_steps_kept
-- requires: policies/maintenance_steps
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.maintain(p_limit integer default 10000, p_grace interval default '1 hour')
    returns table (step text, done bigint, failed bigint, remaining bigint, note text)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_step text;
    v_made boolean := false;
begin
    if p_limit is null or p_limit not between 1 and 100000 then
        perform hypermind_private.refuse_argument(
            'p_limit', format('p_limit is %s: it must be a number of runs from 1 to 100000', coalesce(p_limit::text, 'null')),
            'Leave it out for 10000, and call again while something is left.');
    end if;
    if p_grace is null or p_grace not between interval '1 minute' and interval '30 days' then
        perform hypermind_private.refuse_argument(
            'p_grace', format('p_grace is %s: it must be from one minute to 30 days', coalesce(p_grace::text, 'null')),
            'Leave it out for an hour: a worker may be late to renew its claim.');
    end if;
    if pg_is_in_recovery() then
        return query
        select 'all', 0::bigint, 0::bigint, null::bigint, 'this server is a replica: maintenance is done on the primary';
        return;
    end if;
    if current_setting('transaction_read_only') = 'on' then
        perform hypermind_private.refuse(
            'MH026', 'maintenance cannot be done in a read-only transaction', '{}',
            'Call it in a transaction that may write; default_transaction_read_only may be what makes this one read-only.');
    end if;
    if not pg_try_advisory_xact_lock(hashtextextended('hypermind.maintain', 0)) then
        return query select 'all', 0::bigint, 0::bigint, null::bigint, 'another session is doing maintenance';
        return;
    end if;

    foreach v_step in array '{periods, claims, figures}'::text[] loop
        if v_made then
            -- New periods hold locks that writers of projects and configurations wait for, until this transaction ends.
            return query select v_step, 0::bigint, 0::bigint, null::bigint, 'left to the next call: this one made periods';
        else
            return query
            select s.step, s.done, s.failed, s.remaining, s.note
            from hypermind_private.run_maintenance_step(v_step, p_limit, p_grace) as s;

            v_made := exists (select from hypermind.maintenance_steps as m
                              where m.step = v_step and m.step = 'periods' and m.done > 0);
        end if;
    end loop;
end
$function$;

comment on function hypermind.maintain(integer, interval) is
$comment$Does what has to be done from time to time, a bounded part of it in each call, and returns a row a step: how many it did,
how many failed, how many remain (NULL: not counted), and what there is to say. Call it every few minutes, or again while something
remains.

periods: makes the missing ones of the next 12 months; a call that makes any does nothing else.
claims: ends queued and running runs as failed whose claim ended p_grace ago, in all projects, at most 50 in a call. A run that
somebody is writing to waits for the next call, a paused one is left alone, and one that cannot be ended does not stop the others.
figures: adds runs that have ended to the stored figures, as refresh_rollups() does.

p_limit: how many runs a step takes at most, 1 to 100000. p_grace: from one minute to 30 days.

It may be called twice at once: the second call says so, and does nothing, and so does one on a replica. Nothing depends on it but
that: writes go on without it, and the next call makes up for those that were missed.

Raises MH016 (invalid argument), MH026 (read-only transaction).$comment$;

grant execute on function hypermind.maintain(integer, interval) to hypermind_operator;

commit;
