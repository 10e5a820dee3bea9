-- Deploy hypermind:functions/batch_appended_before to pg
-- requires: functions/appended_before
-- requires: functions/event_inputs
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.batch_appended_before(p_run_id uuid, p_events jsonb)
    returns bigint
    language plpgsql
    volatile
as $function$
declare
    v_event record;
    v_first bigint;
    v_seq   bigint;
begin
    for v_event in select * from hypermind_private.event_inputs(p_events) as i order by i.ord loop
        v_seq := hypermind_private.appended_before(
            p_run_id, v_event.event_id, v_event.event_type, v_event.payload, v_event.state_delta, v_event.parent_seq,
            v_event.model, v_event.tool, v_event.tags, v_event.input_tokens, v_event.output_tokens, v_event.cost,
            v_event.occurred_at);
        if v_event.ord = 1 then
            v_first := v_seq;
        end if;
        if v_seq is distinct from v_first + v_event.ord - 1 then
            perform hypermind_private.refuse(
                'MH005',
                format('some events of the batch were appended to run %s before, but not this batch', p_run_id),
                jsonb_build_object('run_id', p_run_id, 'event', v_event.ord, 'event_id', v_event.event_id),
                'Retry a batch as it was, with an event_id for every event.');
        end if;
    end loop;

    return v_seq;
end
$function$;

comment on function hypermind_private.batch_appended_before(uuid, jsonb) is
$comment$The last seq of the same batch, appended before; NULL when none of it was.

Raises MH001 (run not found), MH005 (part of it was, or with other content).$comment$;

commit;
