-- Deploy hypermind:functions/refresh_rollups to pg
-- requires: tables/rollup_pending
-- requires: functions/run_figures
-- requires: functions/refuse_argument
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.refresh_rollups(p_limit integer default 10000)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_run_ids uuid[];
begin
    if p_limit is null or p_limit not between 1 and 100000 then
        perform hypermind_private.refuse_argument(
            'p_limit', format('p_limit is %s: it must be a number of runs from 1 to 100000', coalesce(p_limit::text, 'null')),
            'Leave it out for 10000, and call again until it returns less.');
    end if;
    if pg_is_in_recovery() then
        raise notice 'this server is a replica: its figures are refreshed on the primary';
        return 0;
    end if;

    -- Runs that another refresh has taken are its own. It waits for nobody here, and nobody who ends a run waits for it.
    with taken as (
        delete from hypermind.rollup_pending as p
        where p.run_id = any (array(
            select q.run_id from hypermind.rollup_pending as q order by q.run_id limit p_limit for update skip locked))
        returning p.run_id
    )
    select array_agg(t.run_id) into v_run_ids from taken as t;

    -- In the order of the key: two refreshes that meet in the same rows wait for each other in one direction.
    insert into hypermind.rollups as r
    select f.*
    from hypermind_private.run_figures(v_run_ids, '{run, event}') as f
    order by f.project_id, f.basis, f.day, f.period, f.group_key
    on conflict (project_id, basis, day, period, group_key) do update
    set runs          = r.runs + excluded.runs,
        events        = r.events + excluded.events,
        input_tokens  = r.input_tokens + excluded.input_tokens,
        output_tokens = r.output_tokens + excluded.output_tokens,
        cost          = r.cost + excluded.cost,
        (buckets, counts) = (
            select coalesce(array_agg(m.bucket order by m.bucket), '{}'), coalesce(array_agg(m.durations order by m.bucket), '{}')
            from (
                select u.bucket, sum(u.durations)::integer as durations
                from (select * from unnest(r.buckets, r.counts)
                      union all
                      select * from unnest(excluded.buckets, excluded.counts)) as u (bucket, durations)
                group by u.bucket
            ) as m
        );

    return coalesce(cardinality(v_run_ids), 0);
end
$function$;

comment on function hypermind.refresh_rollups(integer) is
$comment$Adds the figures of runs that have ended since to the stored ones, and returns how many runs it took: call it until that
is less than p_limit. rollup() is right without it, but reads all those runs itself.

p_limit: how many runs at most, 1 to 100000. Each is read once, however often this is called. It may be called twice at once; it
waits for no writer, and no writer waits for it. On a replica it does nothing but say so.

Raises MH016 (invalid argument).$comment$;

grant execute on function hypermind.refresh_rollups(integer) to hypermind_operator;

commit;
