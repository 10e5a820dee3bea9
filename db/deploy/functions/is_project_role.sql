-- Deploy hypermind:functions/is_project_role to pg
-- requires: schemas/hypermind
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.is_project_role(p_role name)
    returns boolean
    language sql
    stable
    parallel safe
    security invoker
    set search_path = pg_catalog, pg_temp
as $function$
    select exists (
        select from pg_roles as r
        where r.rolname = p_role
          and r.rolname !~ '^pg_'
          and r.rolname not in ('hypermind_owner', 'hypermind_reader', 'hypermind_writer', 'hypermind_operator', 'hypermind_auditor')
          and not (r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls)
          and not exists (select from pg_auth_members as m where m.member = r.oid)
    )
$function$;

comment on function hypermind.is_project_role(name) is
$comment$Whether a role is one that a project can have: a plain group that cannot log in, has no attributes, and is a member of nothing,
so that granting the project hands out the project and no more.$comment$;

grant execute on function hypermind.is_project_role(name) to hypermind_operator;

commit;
