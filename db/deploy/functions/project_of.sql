-- Deploy hypermind:functions/project_of to pg
-- requires: tables/projects
-- requires: functions/acts_for
-- requires: functions/refuse_unknown_project

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
        perform hypermind_private.refuse_unknown_project(p_project_id);
    end if;

    return v_project;
end
$function$;

comment on function hypermind_private.project_of(uuid) is
$comment$The project, if the caller acts in it.

Raises MH015 (project not found; in the same words for a project of others).$comment$;

commit;
