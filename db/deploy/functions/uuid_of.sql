-- Deploy hypermind:functions/uuid_of to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.uuid_of(p_text text)
    returns uuid
    language sql
    immutable
    parallel safe
as $function$
    select case when p_text ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then p_text::uuid end
$function$;

comment on function hypermind_private.uuid_of(text) is
$comment$The id that a text from outside is; NULL where it is none.$comment$;

commit;
