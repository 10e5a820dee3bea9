-- Deploy hypermind:functions/project_of to pg
-- requires: tables/projects
-- requires: functions/acts_for
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.project_of(p_project_id uuid)
    returns hypermind.projects
    language plpgsql
    stable
as $function$
declare
    v_project hypermind.projects;
begin
    select * into v_project
    from hypermind.projects as p
    where p.project_id = p_project_id and hypermind_private.acts_for(p.role);

    if not found then
        perform hypermind_private.refuse(
            'MH015',
            format('project %s does not exist', coalesce(p_project_id::text, 'null')),
            jsonb_build_object('project_id', p_project_id),
            'Check the id. If the project is another team''s, ask for its role; a superuser says SET ROLE first.');
    end if;

    return v_project;
end
$function$;

comment on function hypermind_private.project_of(uuid) is
$comment$The project, if the caller acts in it.

Raises MH015 (project not found; in the same words for a project of others).$comment$;

commit;
