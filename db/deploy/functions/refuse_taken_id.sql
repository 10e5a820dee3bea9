-- Deploy hypermind:functions/refuse_taken_id to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_taken_id(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse(
        'MH005',
        format('run id %s is taken by another run', p_run_id),
        jsonb_build_object('run_id', p_run_id),
        'Give every run an id of its own, and repeat an id only to retry the same call.');
end
$function$;

comment on function hypermind_private.refuse_taken_id(uuid) is
$comment$Raises MH005 (id reused), in the same words whether the other run is of the caller's project or not.$comment$;

commit;
