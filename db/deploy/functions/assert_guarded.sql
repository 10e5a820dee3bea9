-- Deploy hypermind:functions/assert_guarded to pg
-- requires: functions/guard_problems

begin;

set local role hypermind_owner;

create or replace function hypermind_private.assert_guarded(p_table regclass)
    returns void
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $function$
declare
    v_problem record;
begin
    for v_problem in select * from hypermind_private.guard_problems(p_table) loop
        raise exception '%: %', v_problem.object, v_problem.problem;
    end loop;
end
$function$;

comment on function hypermind_private.assert_guarded(regclass) is
$comment$For verify scripts: raises unless an insert-only table and all its leaves have their guards, always enabled.$comment$;

commit;
