-- Deploy hypermind:functions/new_run_id to pg
-- requires: functions/run_id_at
-- requires: functions/clock
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind.new_run_id()
    returns uuid
    language sql
    volatile
    parallel safe
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
    select hypermind_private.run_id_at(hypermind_private.clock())
$function$;

comment on function hypermind.new_run_id() is
$comment$A new run id: a UUID version 7 (RFC 9562) for now. Give it to create_run() or fork_run() to be able to retry them.$comment$;

grant execute on function hypermind.new_run_id() to hypermind_writer;

commit;
