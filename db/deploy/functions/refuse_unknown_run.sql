-- Deploy hypermind:functions/refuse_unknown_run to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_unknown_run(p_run_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse(
        'MH001',
        format('run %s does not exist', coalesce(p_run_id::text, 'null')),
        jsonb_build_object('run_id', p_run_id),
        'Check the id. If the run is of another project, ask for its role; a superuser says SET ROLE first.');
end
$function$;

comment on function hypermind_private.refuse_unknown_run(uuid) is
$comment$Raises MH001 (run not found), in the same words whether the run does not exist or is of a project that the caller may not see.$comment$;

commit;
