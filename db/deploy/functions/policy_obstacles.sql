-- Deploy hypermind:functions/policy_obstacles to pg
-- requires: functions/last_ends
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.policy_obstacles(p_period date)
    returns table (reason text, run_id uuid, explanation text)
    language plpgsql
    volatile
as $function$
declare
    v_now constant timestamptz := hypermind_private.clock();
begin
    return query
    select case when l.version is null then 'no_policy' else 'minimum' end, l.run_id,
           case when l.version is null
                then format('run %s is kept for good: no retention policy says how long', l.run_id)
                else format('run %s is kept until %s UTC, %s days after its end', l.run_id,
                            to_char((l.ended_at + make_interval(hours => 24 * l.keep_at_least)) at time zone 'UTC',
                                    'YYYY-MM-DD HH24:MI'),
                            l.keep_at_least) end
    from hypermind_private.last_ends(p_period) as l
    where l.version is null or l.ended_at + make_interval(hours => 24 * l.keep_at_least) > v_now
    order by l.run_id;
end
$function$;

comment on function hypermind_private.policy_obstacles(date) is
$comment$The runs, one a project, that a retention policy keeps longest in a month: no row when each run is past its minimum.$comment$;

commit;
