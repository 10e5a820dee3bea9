-- Deploy hypermind:functions/close_run to pg
-- requires: functions/append_once
-- requires: functions/outcome_hash
-- requires: functions/take_due_snapshot
-- requires: tables/run_outcomes
-- requires: tables/run_summaries
-- requires: tables/rollup_pending

begin;

set local role hypermind_owner;

create or replace function hypermind_private.close_run(p_head hypermind.run_heads, p_status text, p_payload jsonb)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_outcome hypermind.run_outcomes;
begin
    select count(*) + 1, coalesce(sum(e.input_tokens), 0), coalesce(sum(e.output_tokens), 0), coalesce(sum(e.cost), 0)
    into v_outcome.events, v_outcome.input_tokens, v_outcome.output_tokens, v_outcome.cost
    from hypermind.run_events as e
    where e.run_id = p_head.run_id;

    v_outcome.run_id     := p_head.run_id;
    v_outcome.project_id := p_head.project_id;
    v_outcome.status     := p_status;
    v_outcome.last_seq   := p_head.last_seq + 1;
    v_outcome.ended_at   := greatest(p_head.last_recorded_at, hypermind_private.clock());

    perform hypermind_private.append_once(
        p_head.run_id, hypermind_private.transition_event(p_head.status, p_status), p_payload,
        p_subject_hash => hypermind_private.outcome_hash(v_outcome), p_now => v_outcome.ended_at,
        p_checked => true);

    if p_head.deltas_since_snapshot > 0 and p_head.snapshot_bytes + p_head.delta_bytes <= 67108864 then
        begin
            perform hypermind_private.take_due_snapshot(p_head.run_id, v_outcome.last_seq, p_head.project_id);
        exception
            when sqlstate 'MH006' or sqlstate 'MH017' then
                -- Whatever its state has become, a run can be ended. But it is not complete with a broken one.
                if p_status = 'completed' then
                    raise;
                end if;
        end;
    end if;

    delete from hypermind.run_heads as h where h.run_id = p_head.run_id returning h.last_hash into v_outcome.last_hash;
    insert into hypermind.run_outcomes select v_outcome.*;
    update hypermind.run_summaries as s
    set status        = v_outcome.status,
        ended_at      = v_outcome.ended_at,
        events        = v_outcome.events,
        input_tokens  = v_outcome.input_tokens,
        output_tokens = v_outcome.output_tokens,
        cost          = v_outcome.cost
    where s.run_id = p_head.run_id;
    insert into hypermind.rollup_pending (run_id, project_id) values (p_head.run_id, p_head.project_id);

    return v_outcome.last_seq;
end
$function$;

comment on function hypermind_private.close_run(hypermind.run_heads, text, jsonb) is
$comment$Ends a run whose head the caller has locked, having seen that it may be ended: the final event, the last snapshot, and the
head becomes the outcome. Returns the seq of the final event. A failed or cancelled run whose state may not be kept ends without a
last snapshot.

Raises MH006 (the payload breaks the contract of the final event, or a completed run's state that of the project), MH017 (a
completed run's state is nested too deep for its contract).$comment$;

commit;
