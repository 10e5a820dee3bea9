-- Deploy hypermind:functions/schema_version to pg
-- requires: schemas/hypermind
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.schema_version()
    returns integer
    language sql
    immutable
    parallel safe
as $function$
    select 1
$function$;

comment on function hypermind.schema_version() is
$comment$The version of this schema: clients compare it with the one they were made for. It grows with each release that clients notice.$comment$;

grant execute on function hypermind.schema_version() to hypermind_reader;

commit;
