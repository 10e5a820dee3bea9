-- Deploy hypermind:functions/refuse_unknown_project to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_unknown_project(p_project_id uuid)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse(
        'MH015',
        format('project %s does not exist', coalesce(p_project_id::text, 'null')),
        jsonb_build_object('project_id', p_project_id),
        'Check the id. If the project is another team''s, ask for its role; a superuser says SET ROLE first.');
end
$function$;

comment on function hypermind_private.refuse_unknown_project(uuid) is
$comment$Raises MH015 (project not found), in the same words whether the project does not exist or the caller may not see it.$comment$;

commit;
