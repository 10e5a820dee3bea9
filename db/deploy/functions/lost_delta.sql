-- Deploy hypermind:functions/lost_delta to pg
-- requires: tables/run_events
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.lost_delta(p_run_id uuid, p_from bigint, p_seq bigint)
    returns boolean
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return exists (
        select
        from hypermind.run_events as e
        left join hypermind.erased_hashes as x on x.run_id = e.run_id and x.kind = 'event' and x.seq = e.seq
        where e.run_id = p_run_id and e.seq > p_from and e.seq <= p_seq and e.salt is null
          and (x.run_id is null or x.delta_hash is not null));
end
$function$;

comment on function hypermind_private.lost_delta(uuid, bigint, bigint) is
$comment$Whether an event after p_from, up to p_seq, has lost a state_delta. One whose content is gone without a record may have had
one.$comment$;

commit;
