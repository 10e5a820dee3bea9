-- Deploy hypermind:functions/readable_projects to pg
-- requires: tables/projects
-- requires: functions/reads_for
-- requires: functions/refuse_unknown_project

begin;

set local role hypermind_owner;

create or replace function hypermind_private.readable_projects(p_project_id uuid, p_workspace text)
    returns uuid[]
    language plpgsql
    stable
as $function$
declare
    v_projects uuid[];
begin
    select coalesce(array_agg(p.project_id order by p.project_id), '{}') into v_projects
    from hypermind.projects as p
    where (p_project_id is null or p.project_id = p_project_id)
      and (p_workspace is null or p.workspace = p_workspace)
      and hypermind_private.reads_for(p.role);

    if p_project_id is not null and v_projects = '{}' then
        perform hypermind_private.refuse_unknown_project(p_project_id);
    end if;

    return v_projects;
end
$function$;

comment on function hypermind_private.readable_projects(uuid, text) is
$comment$The projects that a list is made of, of those that the caller may read: one, all of a workspace, or all (both NULL).
No project of the workspace being readable is an empty list, as for a workspace that does not exist.

Raises MH015 (project not found; in the same words for a project of others, and for one of another workspace).$comment$;

commit;
