-- Deploy hypermind:functions/retention_checks to pg
-- requires: functions/periods_between
-- requires: functions/open_obstacles
-- requires: functions/policy_obstacles
-- requires: functions/due_obstacles
-- requires: functions/erasures_of
-- requires: tables/archives
-- requires: tables/hold_releases
-- requires: tables/retention_policies

begin;

set local role hypermind_owner;

create or replace function hypermind_private.retention_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
as $function$
    select 'holds', 'ok', (select count(*) from hypermind.holds as h
                           where not exists (select from hypermind.hold_releases as r where r.hold_id = h.hold_id)),
           'holds', 'Holds in force: what they cover is neither erased nor retired.', null
    union all
    select 'unarchived_periods', case when p.months > 0 then 'warning' else 'ok' end, p.months, 'months',
           'Months whose runs are all to be archived by their policies, and that have no archive.',
           'Archive them: hypermindlabs retention plan, hypermindlabs archive.'
    from (
        select count(*) as months
        from hypermind_private.periods_between('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff') as n (name)
        cross join lateral to_date(substr(n.name, 2), 'YYYYMM') as m (period)
        where exists (select from hypermind.retention_policies as r where r.archive_after is not null)
          and not exists (select from hypermind.archives as a where a.period = m.period)
          and not exists (select from hypermind_private.open_obstacles(m.period))
          and not exists (select from hypermind_private.policy_obstacles(m.period) as o where o.reason = 'no_policy')
          and not exists (select from hypermind_private.due_obstacles(m.period))
    ) as p
    union all
    select 'outdated_archives', case when a.archives > 0 then 'warning' else 'ok' end, a.archives, 'archives',
           'Archives with content that has been erased since.',
           'Write them again: hypermindlabs archive --rewrite.'
    from (
        select count(*) as archives
        from hypermind.archives as a
        where not exists (select from hypermind.archives as later where later.supersedes = a.archive_id)
          and a.erasures <> hypermind_private.erasures_of(a.period)
    ) as a
$function$;

comment on function hypermind_private.retention_checks() is
$comment$Checks of holds and archives, for health().$comment$;

commit;
