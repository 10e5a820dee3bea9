-- Deploy hypermind:functions/uuidv7_floor to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create or replace function hypermind.uuidv7_floor(p_at timestamptz)
    returns uuid
    language sql
    immutable
    parallel safe
as $function$
    select (lpad(to_hex(floor(extract(epoch from
                     case when p_at <= '1970-01-01 00:00:00+00'::timestamptz then '1970-01-01 00:00:00+00'::timestamptz
                          when p_at >= '10889-08-02 05:31:50.655+00'::timestamptz then '10889-08-02 05:31:50.655+00'::timestamptz
                          else p_at end
                     - '1970-01-01 00:00:00+00'::timestamptz) * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid
$function$;

comment on function hypermind.uuidv7_floor(timestamptz) is
$comment$The smallest uuid whose first 48 bits are the milliseconds of p_at since 1970 (RFC 9562, UUID version 7).

Before 1970 it is the smallest uuid of all; beyond what 48 bits can hold, 10889-08-02, the floor of that last millisecond.

A range of time becomes a range of run ids: where run_id >= uuidv7_floor(a) and run_id < uuidv7_floor(b) prunes to its periods.$comment$;

grant execute on function hypermind.uuidv7_floor(timestamptz) to hypermind_reader;

commit;
