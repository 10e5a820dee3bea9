-- Deploy hypermind:functions/check_event_contract to pg
-- requires: functions/check_contract
-- requires: functions/takes_event_type

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_event_contract(
    p_event_type text, p_project_id uuid, p_payload jsonb, p_version integer default null
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if hypermind_private.check_contract(p_event_type, p_project_id, p_payload, p_version) is null
       and not hypermind_private.takes_event_type(p_project_id, p_event_type) then
        perform hypermind_private.refuse(
            'MH020',
            format('events of type %s have no contract, and the project takes none without', p_event_type),
            jsonb_build_object('event_type', p_event_type),
            'Register it: hypermind.register_event_type(). The types there are: hypermind.event_types.');
    end if;
end
$function$;

comment on function hypermind_private.check_event_contract(text, uuid, jsonb, integer) is
$comment$Refuses an event whose payload breaks the contract of its type, or whose type has none in a strict project.

p_version: of the contract; NULL for the one in force.

Raises MH006 (contract violation), MH017 (nested too deep for its contract), MH020 (unknown event type).$comment$;

commit;
