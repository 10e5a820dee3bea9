-- Deploy hypermind:functions/digest_problems to pg
-- requires: tables/digests
-- requires: tables/digest_leaves
-- requires: tables/run_events
-- requires: tables/runs
-- requires: functions/digest_hash
-- requires: functions/merkle_root
-- requires: functions/run_leaf
-- requires: functions/genesis_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.digest_problems()
    returns table (object text, problem text)
    language sql
    stable
as $function$
    select format('digest %s', n.expected), 'is missing'
    from (select d.number, row_number() over (order by d.number) as expected from hypermind.digests as d) as n
    where n.number <> n.expected and n.expected not in (select d.number from hypermind.digests as d)
    union all
    select format('digest %s', d.number), 'does not follow the digest before it'
    from (select c.number, c.previous_hash,
                 lag(c.digest_hash, 1, hypermind_private.genesis_hash()) over (order by c.number) as expected
          from hypermind.digests as c) as d
    where d.previous_hash <> d.expected
    union all
    select format('digest %s', d.number), 'is not what its hash says'
    from hypermind.digests as d
    where d.digest_hash <> hypermind_private.digest_hash(
              d.number, d.runs, d.merkle_root, d.previous_hash, d.issued_by, d.issued_at)
    union all
    select format('digest %s', d.number), 'has other leaves than it was issued with'
    from hypermind.digests as d
    left join (
        select l.number, count(*) as runs,
               hypermind_private.merkle_root(
                   array_agg(hypermind_private.run_leaf(l.run_id, l.last_seq, l.last_hash) order by l.run_id)) as merkle_root
        from hypermind.digest_leaves as l
        group by l.number
    ) as l on l.number = d.number
    where (coalesce(l.runs, 0), coalesce(l.merkle_root, hypermind_private.merkle_root('{}'))) <> (d.runs, d.merkle_root)
    union all
    select format('run %s', l.run_id), format('has not the event %s that it had when digest %s was issued', l.last_seq, l.number)
    from hypermind.digest_leaves as l
    join hypermind.runs as r on r.run_id = l.run_id
    left join hypermind.run_events as e on e.run_id = l.run_id and e.seq = l.last_seq
    where e.event_hash is distinct from l.last_hash
$function$;

comment on function hypermind_private.digest_problems() is
$comment$What does not fit in the chain of digests, their leaves, and the runs that they are of; no row when all does. Runs that are
not here any more are not looked for. It can say no more than the database knows: hypermindlabs verify --digest trusts what was
kept outside.$comment$;

commit;
