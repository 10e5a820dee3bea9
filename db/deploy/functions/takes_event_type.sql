-- Deploy hypermind:functions/takes_event_type to pg
-- requires: tables/projects
-- requires: functions/event_type_is_reserved

begin;

set local role hypermind_owner;

create or replace function hypermind_private.takes_event_type(p_project_id uuid, p_event_type text)
    returns boolean
    language plpgsql
    stable
as $function$
begin
    return hypermind_private.event_type_is_reserved(p_event_type)
           or exists (select from hypermind.projects as p where p.project_id = p_project_id and p.enforcement = 'known');
end
$function$;

comment on function hypermind_private.takes_event_type(uuid, text) is
$comment$Whether a project takes events of a type that has no contract: unless it is strict. The database's own events always
pass.$comment$;

commit;
