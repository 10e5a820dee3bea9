-- Deploy hypermind:functions/orphan_problems to pg
-- requires: tables/run_events
-- requires: tables/run_artifacts
-- requires: tables/run_heads
-- requires: tables/run_outcomes
-- requires: tables/run_config_refs
-- requires: tables/run_state_snapshots
-- requires: tables/contracts
-- requires: tables/run_tools
-- requires: tables/archive_runs
-- requires: functions/run_words
-- requires: tables/hold_releases
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.orphan_problems()
    returns table (object text, problem text)
    language sql
    stable
as $function$
    with ends as (
        select h.run_id, h.project_id, h.last_seq from hypermind.run_heads as h
        union all
        select o.run_id, o.project_id, o.last_seq from hypermind.run_outcomes as o
    ),
    counts as (
        select e.run_id, count(*) as events, max(e.seq) as last_seq, min(e.seq) as first_seq
        from hypermind.run_events as e
        group by e.run_id
    )
    select format('run %s', c.run_id), format('has %s events, but no row in runs', c.events)
    from counts as c
    where not exists (select from hypermind.runs as r where r.run_id = c.run_id)
    union all
    select format('run %s', e.run_id), 'has a head or an outcome, but no row in runs'
    from ends as e
    where not exists (select from hypermind.runs as r where r.run_id = e.run_id and r.project_id = e.project_id)
    union all
    select format('run %s', r.run_id), format('has %s of head and outcome, not one', count(e.run_id))
    from hypermind.runs as r
    left join ends as e on e.run_id = r.run_id
    group by r.run_id
    having count(e.run_id) <> 1
    union all
    select format('run %s', r.run_id), 'has no summary, or one that says something else'
    from hypermind.runs as r
    left join hypermind.run_summaries as s on s.run_id = r.run_id
    left join hypermind.run_heads as h on h.run_id = r.run_id
    left join hypermind.run_outcomes as o on o.run_id = r.run_id
    where (s.project_id, s.mode, s.agent, s.model, s.owner, s.tags, s.title, s.created_at, s.parent_run_id, s.forked_at_seq)
          is distinct from (r.project_id, r.mode, r.agent, r.model, r.owner, r.tags, left(r.metadata ->> 'title', 200), r.created_at,
                            r.parent_run_id, r.forked_at_seq)
       or (s.status, s.ended_at, s.events, s.input_tokens, s.output_tokens, s.cost)
          is distinct from (coalesce(h.status, o.status), o.ended_at, o.events, o.input_tokens, o.output_tokens, o.cost)
       or s.words is distinct from (
              select hypermind_private.run_words(r.project_id, r.tags, array_agg(c.config_id), array_agg(c.version),
                                                  array_agg(c.label))
              from hypermind.run_config_refs as c
              where c.run_id = r.run_id)
    union all
    select format('run %s', s.run_id),
           case when s.archive_id is null then 'has a summary, but no row in runs' else 'is archived, and has a row in runs' end
    from hypermind.run_summaries as s
    where (s.archive_id is null) <> exists (select from hypermind.runs as r where r.run_id = s.run_id)
    union all
    select format('run %s', s.run_id), format('is archived in %s, which does not hold it', s.archive_id)
    from hypermind.run_summaries as s
    where s.archive_id is not null
      and not exists (select from hypermind.archive_runs as a where a.run_id = s.run_id and a.archive_id = s.archive_id
                                                              and a.project_id = s.project_id)
    union all
    select format('run %s', coalesce(e.run_id, t.run_id)), format('has %L in %s only', coalesce(e.tool, t.tool),
                                                                  case when t.run_id is null then 'run_events' else 'run_tools' end)
    from (select distinct x.run_id, x.project_id, x.tool from hypermind.run_events as x where x.tool is not null) as e
    full join hypermind.run_tools as t on t.run_id = e.run_id and t.tool = e.tool and t.project_id = e.project_id
    where (e.run_id is null or t.run_id is null)
      and not exists (select from hypermind.run_summaries as s where s.run_id = t.run_id and s.archive_id is not null)
    union all
    select format('run %s', e.run_id),
           format('should have the events 1 to %s, has %s', e.last_seq,
                  case when c.run_id is null then 'none' else format('%s from %s to %s', c.events, c.first_seq, c.last_seq) end)
    from ends as e
    left join counts as c on c.run_id = e.run_id
    where (c.events, c.first_seq, c.last_seq) is distinct from (e.last_seq, 1::bigint, e.last_seq)
    union all
    select format('run %s', a.run_id), format('has an artifact without its event %s', a.seq)
    from hypermind.run_artifacts as a
    where not exists (select from hypermind.run_events as e
                      where e.run_id = a.run_id and e.seq = a.seq and e.event_type = 'artifact.attached')
    union all
    select format('run %s', e.run_id), format('has events of type %s that met version %s of a contract that is not there',
                                              e.event_type, e.contract_version)
    from (select distinct x.run_id, x.project_id, x.event_type, x.contract_version
          from hypermind.run_events as x
          where x.contract_version is not null) as e
    where not exists (
        select from hypermind.contracts as c
        where c.subject = e.event_type and c.version = e.contract_version
          and c.project_id is not distinct from case when starts_with(e.event_type, 'custom.') then e.project_id end)
    union all
    select format('run %s', s.run_id), format('has a snapshot at seq %s, beyond its last event', s.seq)
    from hypermind.run_state_snapshots as s
    left join ends as e on e.run_id = s.run_id
    where e.last_seq is null or s.seq > e.last_seq
    union all
    select format('run %s', h.run_id), format('has a head with the role %s, its project has %s', h.project_role, p.role)
    from hypermind.run_heads as h
    join hypermind.projects as p on p.project_id = h.project_id
    where p.role <> h.project_role
    union all
    select format('run %s', o.run_id), format('has a row in %s that is of another project', o.name)
    from (
        select r.run_id, r.project_id, 'run_config_refs' as name from hypermind.run_config_refs as r
        union all
        select s.run_id, s.project_id, 'run_state_snapshots' from hypermind.run_state_snapshots as s
        union all
        select a.run_id, a.project_id, 'run_artifacts' from hypermind.run_artifacts as a
        union all
        select h.run_id, h.project_id, 'holds' from hypermind.holds as h where h.run_id is not null
        union all
        select x.run_id, x.project_id, 'erasures' from hypermind.erasures as x
        union all
        select x.run_id, x.project_id, 'erased_hashes' from hypermind.erased_hashes as x
    ) as o
    join hypermind.runs as r on r.run_id = o.run_id
    where r.project_id <> o.project_id
    union all
    select format('run %s', o.run_id), format('has lost the content of its %s %s, and no erasure says so', o.kind, o.seq)
    from (
        select e.run_id, 'event' as kind, e.seq from hypermind.run_events as e where e.salt is null
        union all
        select s.run_id, 'snapshot', s.seq from hypermind.run_state_snapshots as s where s.salt is null
        union all
        select r.run_id, 'run', 1 from hypermind.runs as r where r.salt is null
        union all
        select a.run_id, 'artifact', a.seq from hypermind.run_artifacts as a where a.salt is null
    ) as o
    where not exists (select from hypermind.erased_hashes as x where x.run_id = o.run_id and x.kind = o.kind and x.seq = o.seq)
    union all
    select format('hold %s', r.hold_id), 'has a release that is of another project'
    from hypermind.hold_releases as r
    join hypermind.holds as h on h.hold_id = r.hold_id
    where h.project_id <> r.project_id
    union all
    select format('config %s', o.config_id), format('has a row in %s that is of another project', o.name)
    from (
        select v.config_id, v.project_id, 'config_versions' as name from hypermind.config_versions as v
        union all
        select l.config_id, l.project_id, 'config_labels' from hypermind.config_labels as l
        union all
        select h.config_id, h.project_id, 'config_label_history' from hypermind.config_label_history as h
    ) as o
    join hypermind.config_entities as e on e.config_id = o.config_id
    where e.project_id <> o.project_id
    union all
    select format('project %s', p.project_id), format('names the role %s, which does not exist', p.role)
    from hypermind.projects as p
    where to_regrole(quote_ident(p.role)) is null
$function$;

comment on function hypermind_private.orphan_problems() is
$comment$Rows of any run that lack their counterparts, gaps in seqs, and projects without their role; no row when there are none.
Reads every event.$comment$;

commit;
