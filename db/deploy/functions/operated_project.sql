-- Deploy hypermind:functions/operated_project to pg
-- requires: functions/operates
-- requires: functions/refuse_unknown_project
-- requires: tables/projects

begin;

set local role hypermind_owner;

create or replace function hypermind_private.operated_project(p_project_id uuid)
    returns hypermind.projects
    language plpgsql
    stable
as $function$
declare
    v_project hypermind.projects;
begin
    select * into v_project
    from hypermind.projects as p
    where p.project_id = p_project_id and hypermind_private.operates();

    if not found then
        perform hypermind_private.refuse_unknown_project(p_project_id);
    end if;
    return v_project;
end
$function$;

comment on function hypermind_private.operated_project(uuid) is
$comment$The project, whoever's it is, if the caller decides what is kept.

Raises MH015 (project not found).$comment$;

commit;
