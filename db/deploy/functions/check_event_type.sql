-- Deploy hypermind:functions/check_event_type to pg
-- requires: functions/refuse
-- requires: functions/refuse_argument
-- requires: functions/event_type_is_formed

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_event_type(p_event_type text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if hypermind_private.event_type_is_formed(p_event_type) is not true then
        perform hypermind_private.refuse_argument(
            'p_event_type',
            format('%L is no event type', left(p_event_type, 100)),
            'Use lower-case words joined by dots, up to 100 characters, such as model.responded or custom.retried.');
    end if;
    if hypermind_private.event_type_is_reserved(p_event_type) then
        perform hypermind_private.refuse(
            'MH011',
            format('events of type %s are appended by the database itself', p_event_type),
            jsonb_build_object('event_type', p_event_type),
            'Call transition_run(), request_cancel() or attach_artifact(); for your own types use custom.*.');
    end if;
end
$function$;

comment on function hypermind_private.check_event_type(text) is
$comment$Refuses an event type that is malformed, or that a client neither appends nor registers.

Raises MH011 (reserved event type), MH016 (invalid argument).$comment$;

commit;
