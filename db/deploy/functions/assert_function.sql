-- Deploy hypermind:functions/assert_function to pg
-- requires: schemas/hypermind_private
-- requires: roles/hypermind_operator
-- requires: roles/hypermind_auditor
-- requires: roles/hypermind_writer

begin;

set local role hypermind_owner;

create or replace function hypermind_private.assert_function(
    p_function   regprocedure,
    p_callers    name[]  default '{}',
    p_definer    boolean default false,
    p_volatility "char"  default null
)
    returns void
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_proc pg_proc;
    v_role name;
    v_may  boolean;
begin
    select * into strict v_proc from pg_proc where oid = p_function;

    if v_proc.proowner <> 'hypermind_owner'::regrole then
        raise exception '% must be owned by hypermind_owner, not by %', p_function, v_proc.proowner::regrole;
    end if;
    if v_proc.prosecdef <> p_definer then
        raise exception '% must % SECURITY DEFINER', p_function, case when p_definer then 'be' else 'not be' end;
    end if;
    if p_definer and array_remove(v_proc.proconfig, 'plan_cache_mode=force_custom_plan')
                     is distinct from array['search_path=pg_catalog, pg_temp'] then
        raise exception '% must pin search_path to pg_catalog, pg_temp, and set nothing else but its plan cache', p_function;
    end if;
    if v_proc.provolatile <> p_volatility then
        raise exception '% must have volatility %, not %', p_function, p_volatility, v_proc.provolatile;
    end if;
    if obj_description(p_function, 'pg_proc') is null then
        raise exception '% has no comment', p_function;
    end if;
    if has_function_privilege('public', p_function, 'execute') then
        raise exception 'PUBLIC may call %', p_function;
    end if;

    foreach v_role in array '{hypermind_reader, hypermind_writer, hypermind_operator, hypermind_auditor}'::name[] loop
        v_may := has_function_privilege(v_role, p_function, 'execute');
        if v_may <> exists (select from unnest(p_callers) as c (caller) where pg_has_role(v_role, c.caller, 'USAGE')) then
            raise exception '% % call %', v_role, case when v_may then 'must not' else 'must be able to' end, p_function;
        end if;
    end loop;
end
$function$;

comment on function hypermind_private.assert_function(regprocedure, name[], boolean, "char") is
$comment$For verify scripts: raises unless a function has its owner, comment, security, volatility and callers, and no others.

p_callers: the group roles that are granted EXECUTE; roles that inherit from them may call it too, all others must not.
p_definer: whether it must be SECURITY DEFINER, with its search_path pinned.
p_volatility: i, s or v; NULL does not check it.$comment$;

commit;
