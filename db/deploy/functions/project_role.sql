-- Deploy hypermind:functions/project_role to pg
-- requires: tables/projects
-- requires: functions/acts_for
-- requires: functions/caller
-- requires: functions/refuse
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.project_role(p_project_id uuid)
    returns name
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_role text;
begin
    -- From PostgreSQL 16 on, whoever made a role has ADMIN OPTION on it without being able to act as it.
    select p.role into v_role
    from hypermind.projects as p
    where p.project_id = p_project_id
      and (hypermind_private.acts_for(p.role)
           or pg_has_role(hypermind_private.caller(), to_regrole(quote_ident(p.role))::oid, 'MEMBER WITH ADMIN OPTION'));

    if not found then
        perform hypermind_private.refuse(
            'MH015',
            format('project %s does not exist', coalesce(p_project_id::text, 'null')),
            jsonb_build_object('project_id', p_project_id),
            'Check the id. If the project is another team''s, ask for its role.');
    end if;
    return v_role;
end
$function$;

comment on function hypermind.project_role(uuid) is
$comment$The database role of a project that the caller acts in or administers.

Raises MH015 (project not found).$comment$;

grant execute on function hypermind.project_role(uuid) to hypermind_operator;

commit;
