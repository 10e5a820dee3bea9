-- Deploy hypermind:functions/microseconds to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.microseconds(p_at timestamptz)
    returns bigint
    language sql
    stable
    parallel safe
as $function$
    select (extract(epoch from p_at) * 1000000)::bigint
$function$;

comment on function hypermind_private.microseconds(timestamptz) is
$comment$Microseconds since 1970-01-01 00:00 UTC: how every hash takes a time, since the text of one follows session settings.$comment$;

commit;
