-- Deploy hypermind:functions/create_project to pg
-- requires: tables/projects
-- requires: functions/check_text
-- requires: functions/is_project_role
-- requires: functions/clock
-- requires: functions/caller
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.create_project(p_workspace text, p_name text, p_role name)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_project hypermind.projects;
begin
    perform hypermind_private.check_text('p_workspace', p_workspace, 100);
    perform hypermind_private.check_text('p_name', p_name, 100);
    if not hypermind.is_project_role(p_role) then
        perform hypermind_private.refuse_argument(
            'p_role', format('%L is no role that a project can have', p_role),
            'Name an existing plain group role: no login, no rights of its own. hypermind.create_project_role() makes one.');
    end if;
    if exists (select from hypermind.projects as p where p.role = p_role and (p.workspace, p.name) <> (p_workspace, p_name)) then
        perform hypermind_private.refuse_argument(
            'p_role', format('%L is the role of another project', p_role),
            'Give every project a role of its own, and grant several of them to whoever works in several projects.');
    end if;

    insert into hypermind.projects (project_id, workspace, name, role, created_at, created_by)
    values (gen_random_uuid(), p_workspace, p_name, p_role, hypermind_private.clock(), hypermind_private.caller())
    on conflict (workspace, name) do nothing
    returning * into v_project;

    if not found then
        select * into v_project from hypermind.projects as p where p.workspace = p_workspace and p.name = p_name;
        if v_project.role is distinct from p_role then
            perform hypermind_private.refuse(
                'MH005',
                format('project %s of workspace %s exists, with another role', p_name, p_workspace),
                jsonb_build_object('workspace', p_workspace, 'name', p_name),
                'Choose another name.');
        end if;
    end if;
    return v_project.project_id;
end
$function$;

comment on function hypermind.create_project(text, text, name) is
$comment$Makes a project and returns its id; the same workspace, name and role again return the same id.

p_workspace, p_name: up to 100 characters each; the name is unique in the workspace.
p_role: an existing plain group role that no other project has; its members see the project and act in it, as far as hypermind_reader and hypermind_writer let them.
For a workspace's people, grant the roles of its projects to one role of the workspace.

Raises MH005 (the project exists with another role), MH016 (invalid argument).$comment$;

grant execute on function hypermind.create_project(text, text, name) to hypermind_operator;

commit;
