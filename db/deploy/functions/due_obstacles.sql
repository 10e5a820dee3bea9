-- Deploy hypermind:functions/due_obstacles to pg
-- requires: functions/last_ends
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.due_obstacles(p_period date)
    returns table (reason text, run_id uuid, explanation text)
    language plpgsql
    volatile
as $function$
declare
    v_now constant timestamptz := hypermind_private.clock();
begin
    return query
    select 'not_due', l.run_id,
           case when l.archive_after is null
                then format('run %s: its policy archives nothing by itself', l.run_id)
                else format('run %s is to be archived from %s UTC on, %s days after its end', l.run_id,
                            to_char((l.ended_at + make_interval(hours => 24 * l.archive_after)) at time zone 'UTC',
                                    'YYYY-MM-DD HH24:MI'),
                            l.archive_after) end
    from hypermind_private.last_ends(p_period) as l
    where l.version is not null
      and (l.archive_after is null or l.ended_at + make_interval(hours => 24 * l.archive_after) > v_now)
    order by l.run_id;
end
$function$;

comment on function hypermind_private.due_obstacles(date) is
$comment$The runs, one a project, that a policy does not want archived yet, in a month: no row when each run is due.

reason: not_due.$comment$;

commit;
