-- Deploy hypermind:functions/run_row_problem to pg
-- requires: tables/runs
-- requires: tables/run_events
-- requires: functions/run_hash
-- requires: functions/pins_of

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_row_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
    parallel safe
as $function$
begin
    return query
    select 1::bigint, 'runs', 'the run''s row, its pins or its base state are not what run.created vouches for'
    from hypermind.runs as r
    left join hypermind.run_events as e on e.run_id = r.run_id and e.seq = 1
    where r.run_id = p_run_id
      and (e.event_type is distinct from 'run.created'
           or e.subject_hash is distinct from hypermind_private.run_hash(
                  r, hypermind_private.pins_of(r.run_id),
                  (select s.state_hash from hypermind.run_state_snapshots as s where s.run_id = r.run_id and s.seq = 0)));
end
$function$;

comment on function hypermind_private.run_row_problem(uuid) is
$comment$Whether the run's row, pins and base state differ from what run.created vouches for; no row if they do not.$comment$;

commit;
