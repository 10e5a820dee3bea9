-- Deploy hypermind:functions/create_project_role to pg
-- requires: schemas/hypermind
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.create_project_role(p_workspace text, p_name text)
    returns name
    language plpgsql
    volatile
    security invoker
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_role    constant text := current_database() || '_' || p_workspace || '_' || p_name;
    v_purpose constant text := format('hypermind: members act in project %L of workspace %L in database %L',
                                      p_name, p_workspace, current_database());
begin
    if v_role is null or octet_length(v_role) not between 1 and 63 then
        raise exception using
            errcode = 'MH016',
            message = format('the role %L would not have 1 to 63 bytes', v_role),
            detail  = '{"argument": "p_name"}',
            hint    = 'Make a role yourself, and give it to create_project().';
    end if;

    if to_regrole(quote_ident(v_role)) is null then
        execute format('create role %I nologin', v_role);
        execute format('comment on role %I is %L', v_role, v_purpose);
    elsif shobj_description(to_regrole(quote_ident(v_role)), 'pg_authid') is distinct from v_purpose then
        raise exception using
            errcode = 'MH016',
            message = format('the role %I exists, and was not made for this project', v_role),
            detail  = '{"argument": "p_name"}',
            hint    = 'Choose another name, or make a role yourself and give it to create_project().';
    end if;
    return v_role::name;
end
$function$;

comment on function hypermind.create_project_role(text, text) is
$comment$Makes a role for create_project(), named <database>_<workspace>_<project>, unless it is there, and returns its name.

Runs with the rights of its caller, who needs CREATEROLE: the owner of this schema must never have it.

Raises MH016 (the name would be too long, or the role was made for something else), 42501 (the caller may not make roles).$comment$;

grant execute on function hypermind.create_project_role(text, text) to hypermind_operator;

commit;
