-- hypermind.issue_digest(): what a digest holds, which runs are in it, and how digests hang together.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(28);

-- The runs of a digest with the seqs that they had: rich, ended, fork, or a new one.
create temp table names (run_id uuid, name text);
insert into names values (:'run_id', 'rich'), (:'ended_run', 'ended'), (:'fork', 'fork');
grant select on names to public;
create function pg_temp.leaves(p_number bigint) returns text language sql as $function$
    select string_agg(format('%s %s%s', coalesce(n.name, 'new'), l.last_seq, case when l.has_ended then ' ended' end), ', '
                      order by n.name)
    from hypermind.digest_leaves as l
    left join names as n on n.run_id = l.run_id
    where l.number = p_number
$function$;
create function pg_temp.hash(p_array jsonb) returns bytea language sql as $function$
    select sha256(convert_to(p_array::text, 'UTF8'))
$function$;

-- The first one has every run where it stands, open or closed, of every project.
select pg_temp.set_clock('2026-11-20 12:00:00.123456+00') as ignored \gset
set local role oscar;
create temp table issued as select * from hypermind.issue_digest();
select is((select concat_ws(' ', number, runs, issued_by, issued_at at time zone 'UTC') from issued),
          '1 3 oscar 2026-11-20 12:00:00.123456', 'the first digest has number 1, all three runs, who issued it and when');
select is((select previous_hash from issued), decode(repeat('00', 32), 'hex'), 'it follows nothing');
select results_eq('select * from issued', 'select * from hypermind.digests', 'it is kept as it was returned');
select is(pg_temp.leaves(1), 'ended 4 ended, fork 1, rich 7', 'each run is where it stands');
reset role;
select is_empty($$ select l.run_id from hypermind.digest_leaves as l
                   left join hypermind.run_events as e on e.run_id = l.run_id and e.seq = l.last_seq
                   where e.event_hash is distinct from l.last_hash $$,
                'with the hash of its last event');
select is_empty($$ select d.number from hypermind.digests as d
                   where d.digest_hash <> pg_temp.hash(jsonb_build_array(
                       'hypermind.digest.1', 1, 3, encode(d.merkle_root, 'hex'), repeat('00', 32), 'oscar', 1795176000123456)) $$,
                'its hash is that of the documented array');
select is((select merkle_root from hypermind.digests),
          (select hypermind_private.merkle_root(array_agg(
               sha256('\x00'::bytea || uuid_send(l.run_id) || int8send(l.last_seq) || l.last_hash) order by l.run_id))
           from hypermind.digest_leaves as l),
          'its root is that of its leaves, by run_id');

-- Nothing new.
select pg_temp.set_clock('2026-11-20 11:00:00+00') as ignored \gset
set local role oscar;
select is((select concat_ws(' ', number, runs, issued_at at time zone 'UTC') from hypermind.issue_digest()),
          '2 0 2026-11-20 12:00:00.123456', 'where nothing changed, it says so; and time does not run back');
reset role;
select is((select merkle_root from hypermind.digests where number = 2), sha256(''), 'its root is that of nothing');
select is((select previous_hash from hypermind.digests where number = 2),
          (select digest_hash from hypermind.digests where number = 1), 'it follows the first');

-- Only what changed.
set local role alice;
select hypermind.append_event(:'run_id', 'a.b') as ignored \gset
set local role oscar;
select number as third from hypermind.issue_digest() \gset
select is(pg_temp.leaves(3), 'rich 8', 'a run that went on is in the next digest, alone');
set local role alice;
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
select hypermind.create_run(:'project_a', 'chat') as new_run \gset
select hypermind.transition_run(:'new_run', 'failed') as ignored \gset
set local role oscar;
select number as fourth from hypermind.issue_digest() \gset
select is(pg_temp.leaves(4), 'rich 9 ended, new 2 ended', 'so is one that ended, and one that began and ended');
select is((select runs from hypermind.issue_digest()), 0::bigint, 'and then no more');
reset role;
select is((select count(*) from hypermind.digest_leaves where run_id = :'ended_run'), 1::bigint, 'what has ended is in one digest');

-- Positions are compared, not times or statuses: a head that was rewritten is in the next digest, at whatever seq.
create function pg_temp.moved(p_change text) returns text language plpgsql as $function$
declare
    v_leaves text;
begin
    execute 'update hypermind.run_heads set ' || p_change;
    select pg_temp.leaves(d.number) into v_leaves from hypermind.issue_digest() as d;
    raise exception using errcode = 'ZZ001';
exception when sqlstate 'ZZ001' then
    return v_leaves;
end
$function$;
select is(pg_temp.moved(t.change), t.leaves, t.what)
from (values ('last_hash = sha256(last_hash)', 'fork 1', 'a head with another hash is new'),
             ('last_seq = 0', 'fork 0', 'so is one with an earlier seq'),
             ('last_seq = 3', 'fork 3', 'or a later one'),
             ('status = status', null, 'one that is the same is not')) as t (change, leaves, what);
select is((select max(number) from hypermind.digests), 5::bigint, 'what is rolled back leaves no gap in the numbers');
set local role oscar;
select is((select number from hypermind.issue_digest()), 6::bigint, 'the next one has the next number');
reset role;

-- A head that was put back is compared with its latest leaf, not with the one of its seq.
update hypermind.run_heads set last_seq = last_seq - 1 where run_id = :'fork';
select number as ignored from hypermind.issue_digest() \gset
update hypermind.run_heads set last_seq = last_seq + 1 where run_id = :'fork';
select is((select pg_temp.leaves(d.number) from hypermind.issue_digest() as d), 'fork 1', 'and one that was put back is new again');

-- The chain of digests.
select is((select array_agg(d.number order by d.number) from hypermind.digests as d), '{1,2,3,4,5,6,7,8}',
          'numbers have no gap');
select is_empty($$ select d.number from (
                       select c.*, lag(c.digest_hash) over (order by c.number) as before from hypermind.digests as c) as d
                   where d.number > 1 and d.previous_hash is distinct from d.before $$,
                'each digest follows the one before it');
select is(hypermind_private.digest_hash(
              7, 3, sha256('root'), sha256('before'), 'alice "b"', '2023-06-29 12:00:00.000001+00'),
          sha256(convert_to(format('["hypermind.digest.1", 7, 3, "%s", "%s", "alice \"b\"", 1688040000000001]',
                                   encode(sha256('root'), 'hex'), encode(sha256('before'), 'hex')), 'UTF8')),
          'the hash of a digest is that of the text in docs/hash-chain.md');

-- Who sees them.
create function pg_temp.sees(p_who text) returns text language plpgsql as $function$
declare
    v_seen text;
begin
    perform set_config('role', p_who, true);
    select concat_ws(' ', (select count(*) from hypermind.digests), (select count(*) from hypermind.digest_leaves)) into v_seen;
    perform set_config('role', 'none', true);
    return v_seen;
end
$function$;
select is(pg_temp.sees(w.who), w.seen, w.what)
from (values ('oscar', '8 8', 'operators see digests and leaves'), ('audrey', '8 8', 'so do auditors'),
             ('carol', '0 0', 'readers do not: they name runs of every project'), ('alice', '0 0', 'nor do writers'))
     as w (who, seen, what);

select * from finish();
rollback;
