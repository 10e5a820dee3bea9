-- Deploy hypermind:functions/last_ends to pg
-- requires: functions/period_bounds
-- requires: functions/policy_in_force
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.last_ends(p_period date)
    returns table (
        run_id uuid, project_id uuid, ended_at timestamptz, version integer, keep_at_least integer, keep_at_most integer,
        archive_after integer
    )
    language plpgsql
    stable
as $function$
declare
    v_bounds constant record := hypermind_private.period_bounds(p_period);
begin
    return query
    select l.run_id, l.project_id, l.ended_at, p.version, p.keep_at_least, p.keep_at_most, p.archive_after
    from (
        select distinct on (s.project_id) s.run_id, s.project_id, s.ended_at
        from hypermind.run_summaries as s
        where s.run_id >= v_bounds.first_id and s.run_id < v_bounds.next_id and s.ended_at is not null
        order by s.project_id, s.ended_at desc, s.run_id
    ) as l
    cross join lateral hypermind_private.policy_in_force(l.project_id) as p;
end
$function$;

comment on function hypermind_private.last_ends(date) is
$comment$Of each project with runs in a month: the run that ended last, and how long its policy keeps it; version NULL without a policy.$comment$;

commit;
