-- Deploy hypermind:functions/uuidv7_time to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create or replace function hypermind.uuidv7_time(p_id uuid)
    returns timestamptz
    language sql
    immutable
    parallel safe
as $function$
    select to_timestamp(('x' || translate(left(p_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0::double precision)::timestamptz(3)
$function$;

comment on function hypermind.uuidv7_time(uuid) is
$comment$The moment, in milliseconds, that the first 48 bits of a UUID version 7 hold (RFC 9562).$comment$;

grant execute on function hypermind.uuidv7_time(uuid) to hypermind_reader;

commit;
