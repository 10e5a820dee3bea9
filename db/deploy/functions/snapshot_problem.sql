-- Deploy hypermind:functions/snapshot_problem to pg
-- requires: tables/run_state_snapshots
-- requires: tables/run_events
-- requires: functions/salted_hash
-- requires: functions/fold_state

begin;

set local role hypermind_owner;

create or replace function hypermind_private.snapshot_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
as $function$
declare
    v_snapshot hypermind.run_state_snapshots;
    v_deltas   jsonb[];
    v_state    jsonb  := '{}';
    v_seq      bigint := 0;
begin
    bad_object := 'run_state_snapshots';

    for v_snapshot in
        select * from hypermind.run_state_snapshots as s where s.run_id = p_run_id order by s.seq
    loop
        bad_seq := v_snapshot.seq;
        if hypermind_private.salted_hash(v_snapshot.salt, v_snapshot.state) is distinct from v_snapshot.state_hash then
            problem := format('the snapshot at seq %s does not fit its hash', v_snapshot.seq);
            return next;
            return;
        end if;

        -- The base state is vouched for by run.created; every other must follow from the one before it and the events.
        if v_snapshot.seq > 0 then
            select array_agg(e.state_delta order by e.seq) into v_deltas
            from hypermind.run_events as e
            where e.run_id = p_run_id and e.seq > v_seq and e.seq <= v_snapshot.seq and e.state_delta is not null;

            if v_deltas is not null then
                v_state := hypermind_private.fold_state(v_state, v_deltas);
            end if;
            if v_state <> v_snapshot.state then
                problem := format('the snapshot at seq %s is not the state that the events lead to', v_snapshot.seq);
                return next;
                return;
            end if;
        end if;
        v_state := v_snapshot.state;
        v_seq   := v_snapshot.seq;
    end loop;
end
$function$;

comment on function hypermind_private.snapshot_problem(uuid) is
$comment$The first snapshot that does not fit its hash, or that the events do not lead to; no row if all fit.$comment$;

commit;
