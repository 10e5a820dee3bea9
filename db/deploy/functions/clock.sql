-- Deploy hypermind:functions/clock to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.clock()
    returns timestamptz
    language sql
    volatile
    parallel safe
as $function$
    select clock_timestamp()
$function$;

comment on function hypermind_private.clock() is
$comment$The time by which every function works. Tests replace this function, as the owner; no setting moves time.$comment$;

commit;
