-- Deploy hypermind:functions/issue_digest to pg
-- requires: tables/archive_runs
-- requires: tables/digests
-- requires: tables/digest_leaves
-- requires: tables/run_heads
-- requires: tables/run_outcomes
-- requires: indexes/digest_leaves_run_id_number_idx
-- requires: indexes/digest_leaves_run_id_has_ended_idx
-- requires: functions/digest_hash
-- requires: functions/merkle_root
-- requires: functions/run_leaf
-- requires: functions/genesis_hash
-- requires: functions/refuse_argument
-- requires: functions/caller
-- requires: functions/clock
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.issue_digest()
    returns table (
        number        bigint,
        runs          bigint,
        merkle_root   bytea,
        previous_hash bytea,
        issued_by     text,
        issued_at     timestamptz,
        digest_hash   bytea
    )
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_previous hypermind.digests;
    v_digest   hypermind.digests;
begin
    -- It waits for another one, and has to see what that one issued.
    if current_setting('transaction_isolation') <> 'read committed' then
        perform hypermind_private.refuse_argument(
            'transaction_isolation',
            format('a digest sees everything only in READ COMMITTED, not in %s', upper(current_setting('transaction_isolation'))),
            'Begin the transaction with: begin isolation level read committed.');
    end if;
    lock table hypermind.digests in share row exclusive mode;

    select * into v_previous from hypermind.digests as d order by d.number desc limit 1;
    v_digest.number        := coalesce(v_previous.number, 0) + 1;
    v_digest.previous_hash := coalesce(v_previous.digest_hash, hypermind_private.genesis_hash());
    v_digest.issued_by     := hypermind_private.caller();
    v_digest.issued_at     := greatest(v_previous.issued_at, hypermind_private.clock());

    -- One statement, one moment: each run is seen once, open or closed. What is not committed yet is for the next digest, since
    -- positions are compared, not times.
    with moved as materialized (
        select h.run_id, h.last_seq, h.last_hash, false as has_ended
        from hypermind.run_heads as h
        left join lateral (
            select l.last_seq, l.last_hash
            from hypermind.digest_leaves as l where l.run_id = h.run_id order by l.number desc limit 1
        ) as l on true
        where (l.last_seq, l.last_hash) is distinct from (h.last_seq, h.last_hash)
        union all
        select o.run_id, o.last_seq, o.last_hash, true
        from hypermind.run_outcomes as o
        where not exists (select from hypermind.digest_leaves as l where l.run_id = o.run_id and l.has_ended)
        union
        -- Those that were taken away before any digest had seen their end.
        select a.run_id, a.last_seq, a.last_hash, true
        from hypermind.archive_runs as a
        where not exists (select from hypermind.digest_leaves as l where l.run_id = a.run_id and l.has_ended)
    ),
    leaves as (
        insert into hypermind.digest_leaves (number, run_id, last_seq, last_hash, has_ended)
        select v_digest.number, m.run_id, m.last_seq, m.last_hash, m.has_ended from moved as m
    ),
    total as (
        select count(*) as runs,
               hypermind_private.merkle_root(coalesce(
                   array_agg(hypermind_private.run_leaf(m.run_id, m.last_seq, m.last_hash) order by m.run_id), '{}')) as merkle_root
        from moved as m
    )
    insert into hypermind.digests (number, runs, merkle_root, previous_hash, issued_by, issued_at, digest_hash)
    select v_digest.number, t.runs, t.merkle_root, v_digest.previous_hash, v_digest.issued_by, v_digest.issued_at,
           hypermind_private.digest_hash(
               v_digest.number, t.runs, t.merkle_root, v_digest.previous_hash, v_digest.issued_by, v_digest.issued_at)
    from total as t
    returning * into v_digest;

    return query select v_digest.*;
end
$function$;

comment on function hypermind.issue_digest() is
$comment$Issues the next digest, and returns it: where every run stands that changed since the digest before, under one hash that
proves all digests before it. Kept outside of the database, it shows later what was changed, even by the owner (docs/digests.md).

Transactions that are not committed yet are for the next digest. Two calls at once: the second waits, and issues the next one.
Where no run has changed, it says so: its runs are 0.

Raises MH016 (the transaction is not in READ COMMITTED).$comment$;

grant execute on function hypermind.issue_digest() to hypermind_operator;

commit;
