-- Deploy hypermind:functions/erased_from to pg
-- requires: tables/run_events
-- requires: tables/run_state_snapshots
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erased_from(p_run_id uuid, p_seq bigint)
    returns bigint
    language plpgsql
    stable
as $function$
begin
    if p_seq is null then
        return 0;
    elsif p_seq = 1 then
        return (select s.seq from hypermind.run_state_snapshots as s where s.run_id = p_run_id and s.seq = 0);
    end if;

    return (
        select e.seq
        from hypermind.run_events as e
        left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
        where e.run_id = p_run_id and e.seq = p_seq and (e.state_delta is not null or x.delta_hash is not null));
end
$function$;

comment on function hypermind_private.erased_from(uuid, bigint) is
$comment$From which seq on the states of a run may hold what an erasure takes away: of the event p_seq, or of the whole run where
that is NULL. NULL: in no state. run.created vouches for the base state of a fork, and takes it along.$comment$;

commit;
