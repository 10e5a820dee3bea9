-- Deploy hypermind:functions/run_id_at to pg
-- requires: functions/uuidv7_floor
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_id_at(p_at timestamptz)
    returns uuid
    language sql
    volatile
    parallel safe
as $function$
    select (left(hypermind.uuidv7_floor(p_at)::text, 13) || '-7' || substr(gen_random_uuid()::text, 16))::uuid
$function$;

comment on function hypermind_private.run_id_at(timestamptz) is
$comment$A new UUID version 7 (RFC 9562) for the moment p_at: 48 bits of milliseconds, 74 random bits.$comment$;

commit;
