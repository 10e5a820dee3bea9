-- Deploy hypermind:functions/refuse_repeated_ids to pg
-- requires: functions/event_inputs
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_repeated_ids(p_run_id uuid, p_events jsonb)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_event_id uuid;
begin
    select i.event_id into v_event_id
    from hypermind_private.event_inputs(p_events) as i
    group by i.event_id
    having count(i.event_id) > 1
    limit 1;

    if found then
        perform hypermind_private.refuse(
            'MH005',
            format('event_id %s stands twice in the batch', v_event_id),
            jsonb_build_object('run_id', p_run_id, 'event_id', v_event_id),
            'Give every event an id of its own.');
    end if;
    raise exception using
        errcode = '40001',
        message = format('events of the batch were appended to run %s by a transaction that this one cannot see', p_run_id),
        hint    = 'Run the transaction again.';
end
$function$;

comment on function hypermind_private.refuse_repeated_ids(uuid, jsonb) is
$comment$Says why the event_ids of a batch collided although none of its events is there.

Raises MH005 (an id stands twice in the batch), 40001 (run the transaction again).$comment$;

commit;
