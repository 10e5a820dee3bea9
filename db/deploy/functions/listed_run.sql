-- Deploy hypermind:functions/listed_run to pg
-- requires: tables/run_summaries
-- requires: tables/projects
-- requires: functions/reads_for
-- requires: functions/refuse_unknown_run

begin;

set local role hypermind_owner;

create or replace function hypermind_private.listed_run(p_run_id uuid)
    returns hypermind.run_summaries
    language plpgsql
    stable
as $function$
declare
    v_run  hypermind.run_summaries;
    v_role text;
begin
    select * into v_run from hypermind.run_summaries as s where s.run_id = p_run_id;
    select p.role into v_role from hypermind.projects as p where p.project_id = v_run.project_id;

    if v_role is null or not hypermind_private.reads_for(v_role) then
        perform hypermind_private.refuse_unknown_run(p_run_id);
    end if;

    return v_run;
end
$function$;

comment on function hypermind_private.listed_run(uuid) is
$comment$The run's summary, archived or not, if the caller may read it: a member of its project's role, or an auditor.

Raises MH001 (run not found).$comment$;

commit;
