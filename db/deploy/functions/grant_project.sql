-- Deploy hypermind:functions/grant_project to pg
-- requires: functions/project_role
-- requires: functions/is_project_role
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.grant_project(p_project_id uuid, p_member name)
    returns void
    language plpgsql
    volatile
    security invoker
    set search_path = pg_catalog, pg_temp
as $function$
begin
    if p_member is null or to_regrole(quote_ident(p_member)) is null then
        raise exception using
            errcode = 'MH016',
            message = format('there is no role %L', p_member),
            detail  = '{"argument": "p_member"}',
            hint    = 'Make the role first.';
    end if;

    if p_member = hypermind.project_role(p_project_id) then
        raise exception using
            errcode = 'MH016',
            message = format('%I is the role of the project itself', p_member),
            detail  = '{"argument": "p_member"}',
            hint    = 'Name the role of a person, a service or a workspace.';
    end if;
    -- Its attributes may have changed since the project was made: this must never hand out more than the project.
    if not hypermind.is_project_role(hypermind.project_role(p_project_id)) then
        raise exception using
            errcode = 'MH016',
            message = format('the role %I of the project is no plain group any more', hypermind.project_role(p_project_id)),
            detail  = '{"argument": "p_project_id"}',
            hint    = 'Take LOGIN, its other rights and its memberships from it.';
    end if;

    execute format('grant %I to %I', hypermind.project_role(p_project_id), p_member);
end
$function$;

comment on function hypermind.grant_project(uuid, name) is
$comment$Lets a role see a project and act in it: grants it the project's role.

Runs with the rights of its caller, who must have ADMIN OPTION on the project's role, or be a superuser.
p_member: an existing role, of a person, a service or a workspace.

Raises MH015 (project not found), MH016 (no such role, or the project's own), 42501 (the caller may not grant it).$comment$;

grant execute on function hypermind.grant_project(uuid, name) to hypermind_operator;

commit;
