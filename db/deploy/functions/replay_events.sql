-- Deploy hypermind:functions/replay_events to pg
-- requires: functions/readable_seq
-- requires: tables/run_events
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.replay_events(p_run_id uuid, p_from_seq bigint default 1, p_to_seq bigint default null)
    returns setof hypermind.run_events
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_to constant bigint := hypermind_private.readable_seq(p_run_id, p_to_seq, 1);
begin
    return query
    select e.*
    from hypermind.run_events as e
    where e.run_id = p_run_id and e.seq between coalesce(p_from_seq, 1) and v_to
    order by e.seq;
end
$function$;

comment on function hypermind.replay_events(uuid, bigint, bigint) is
$comment$The events of a run from p_from_seq to p_to_seq (NULL: the last), in order, as they were recorded. Nothing is run again.
An event whose content was erased comes without: its payload is NULL.

Raises MH001 (run not found), MH012 (p_to_seq out of range).$comment$;

grant execute on function hypermind.replay_events(uuid, bigint, bigint) to hypermind_reader;

commit;
