-- Deploy hypermind:functions/event_hash_at to pg
-- requires: tables/run_events
-- requires: functions/genesis_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_hash_at(p_run_id uuid, p_seq bigint)
    returns bytea
    language plpgsql
    stable
    parallel safe
as $function$
begin
    if p_seq = 0 then
        return hypermind_private.genesis_hash();
    end if;
    return (select e.event_hash from hypermind.run_events as e where e.run_id = p_run_id and e.seq = p_seq);
end
$function$;

comment on function hypermind_private.event_hash_at(uuid, bigint) is
$comment$The event_hash of a run at a seq; 32 zero bytes at seq 0.$comment$;

commit;
