-- Deploy hypermind:functions/event_type_is_formed to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_type_is_formed(p_event_type text)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select length(p_event_type) <= 100 and p_event_type ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)+$'
$function$;

comment on function hypermind_private.event_type_is_formed(text) is
$comment$Whether a text has the form of an event type: lower-case words joined by dots, up to 100 characters; NULL for NULL.$comment$;

commit;
