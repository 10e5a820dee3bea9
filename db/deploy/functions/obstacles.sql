-- Deploy hypermind:functions/obstacles to pg
-- requires: functions/open_obstacles
-- requires: functions/policy_obstacles
-- requires: functions/hold_obstacles
-- requires: functions/current_archive
-- requires: functions/erasures_of
-- requires: tables/archive_runs
-- requires: tables/run_outcomes
-- requires: tables/rollup_pending
-- requires: tables/erasures

begin;

set local role hypermind_owner;

create or replace function hypermind_private.obstacles(p_period date)
    returns table (reason text, run_id uuid, explanation text)
    language plpgsql
    volatile
as $function$
declare
    v_bounds  constant record             := hypermind_private.period_bounds(p_period);
    v_archive constant hypermind.archives := hypermind_private.current_archive(p_period);
begin
    return query
    select * from hypermind_private.open_obstacles(p_period);

    return query
    select * from hypermind_private.policy_obstacles(p_period);

    return query
    select * from hypermind_private.hold_obstacles(p_period);

    return query
    select 'not_counted', q.run_id, format('run %s waits for maintain(): it is not in the stored figures yet', q.run_id)
    from hypermind.rollup_pending as q
    where q.run_id >= v_bounds.first_id and q.run_id < v_bounds.next_id
    order by q.run_id
    limit 1;

    if v_archive.archive_id is null then
        return query select 'not_archived', null::uuid, 'it has not been archived';
        return;
    end if;

    return query
    select 'run_not_archived', o.run_id, format('run %s is not in archive %s', o.run_id, v_archive.archive_id)
    from hypermind.run_outcomes as o
    where o.run_id >= v_bounds.first_id and o.run_id < v_bounds.next_id
      and not exists (
          select from hypermind.archive_runs as a
          where a.run_id = o.run_id and a.archive_id = v_archive.archive_id and a.last_seq = o.last_seq and a.last_hash = o.last_hash)
    order by o.run_id
    limit 1;

    return query
    select 'erasure_not_archived', e.run_id, format('archive %s has content of run %s that was erased since', v_archive.archive_id, e.run_id)
    from hypermind.erasures as e
    where e.run_id >= v_bounds.first_id and e.run_id < v_bounds.next_id
      and hypermind_private.erasures_of(p_period) <> v_archive.erasures
    order by e.erased_at desc, e.run_id
    limit 1;
end
$function$;

comment on function hypermind_private.obstacles(date) is
$comment$Why a month may not be retired now, and which run keeps it: it may still change, a policy keeps a run, a hold does, its
figures are not counted, or its archive does not hold all of it as it is now. No row when it may.

reason: period_not_over, run_open, minimum, no_policy, hold, not_counted, not_archived, run_not_archived or erasure_not_archived.

Raises MH016 (invalid argument).$comment$;

commit;
