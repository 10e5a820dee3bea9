-- Deploy hypermind:functions/event_type_is_reserved to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.event_type_is_reserved(p_event_type text)
    returns boolean
    language sql
    immutable
    parallel safe
as $function$
    select p_event_type ~ '^run[.]' or p_event_type in ('artifact.attached', 'snapshot.taken')
$function$;

comment on function hypermind_private.event_type_is_reserved(text) is
$comment$Whether only the database itself appends events of a type, from its lifecycle functions.$comment$;

commit;
