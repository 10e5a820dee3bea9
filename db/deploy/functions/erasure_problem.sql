-- Deploy hypermind:functions/erasure_problem to pg
-- requires: tables/erased_hashes
-- requires: tables/run_events
-- requires: tables/run_state_snapshots
-- requires: tables/run_artifacts

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erasure_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select x.seq, 'erased_hashes',
           case when c.kind is null then format('there is no %s at seq %s, of which an erasure is recorded', x.kind, x.seq)
                when c.is_gone then format('the erased snapshot at seq %s has another hash than it had', x.seq)
                else format('the content of the %s at seq %s was erased, and is there', x.kind, x.seq) end
    from (select * from hypermind.erased_hashes as x where x.run_id = p_run_id) as x
    left join (
        select 'event' as kind, e.seq, num_nonnulls(e.payload, e.state_delta, e.salt) = 0 as is_gone, null::bytea as state_hash
        from hypermind.run_events as e where e.run_id = p_run_id
        union all
        select 'snapshot', s.seq, num_nonnulls(s.state, s.salt) = 0, s.state_hash
        from hypermind.run_state_snapshots as s where s.run_id = p_run_id
        union all
        select 'run', 1, num_nonnulls(r.input, r.metadata, r.salt) = 0, null
        from hypermind.runs as r where r.run_id = p_run_id
        union all
        select 'artifact', a.seq, num_nonnulls(a.uri, a.metadata, a.salt) = 0, null
        from hypermind.run_artifacts as a where a.run_id = p_run_id
    ) as c on c.kind = x.kind and c.seq = x.seq
    where c.is_gone is not true or c.state_hash is distinct from x.state_hash
    order by x.seq, x.kind
    limit 1;
end
$function$;

comment on function hypermind_private.erasure_problem(uuid) is
$comment$The first place in a run where an erasure is recorded and the content is there all the same, or the row is not; no row if
all that was erased is gone.$comment$;

commit;
