-- Deploy hypermind:functions/snapshot_problem to pg
-- requires: tables/run_state_snapshots
-- requires: functions/salted_hash
-- requires: functions/state_after
-- requires: tables/erased_hashes

begin;

set local role hypermind_owner;

create or replace function hypermind_private.snapshot_problem(p_run_id uuid)
    returns table (bad_seq bigint, bad_object text, problem text)
    language plpgsql
    stable
as $function$
declare
    v_snapshot hypermind.run_state_snapshots;
    v_expected jsonb;
    v_state    jsonb  := '{}';
    v_seq      bigint := 0;
begin
    bad_object := 'run_state_snapshots';

    for v_snapshot in
        select * from hypermind.run_state_snapshots as s where s.run_id = p_run_id order by s.seq
    loop
        bad_seq := v_snapshot.seq;
        problem := null;
        -- The base state is vouched for by run.created; every other must follow from the one before it and the events. One that is
        -- erased tells nothing about those after it.
        if v_snapshot.salt is null and v_snapshot.state is null then
            if not exists (select from hypermind.erased_hashes as x
                           where x.run_id = p_run_id and x.kind = 'snapshot' and x.seq = v_snapshot.seq) then
                problem := format('the state at seq %s is gone, and no erasure says so', v_snapshot.seq);
            elsif v_snapshot.seq = 0 then
                v_state := null;
            end if;
        elsif hypermind_private.salted_hash(v_snapshot.salt, v_snapshot.state) is distinct from v_snapshot.state_hash then
            problem := format('the snapshot at seq %s does not fit its hash', v_snapshot.seq);
        else
            if v_snapshot.seq > 0 then
                v_expected := hypermind_private.state_after(p_run_id, v_state, v_seq, v_snapshot.seq);
                if v_expected is null then
                    problem := format('the snapshot at seq %s holds what was erased before it', v_snapshot.seq);
                elsif v_expected <> v_snapshot.state then
                    problem := format('the snapshot at seq %s is not the state that the events lead to', v_snapshot.seq);
                end if;
            end if;
            v_state := v_snapshot.state;
            v_seq   := v_snapshot.seq;
        end if;

        if problem is not null then
            return next;
            return;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.snapshot_problem(uuid) is
$comment$The first snapshot that does not fit its hash, that the events do not lead to, or whose state is gone without a record; no row
if all fit.$comment$;

commit;
