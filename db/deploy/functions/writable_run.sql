-- Deploy hypermind:functions/writable_run to pg
-- requires: functions/readable_run
-- requires: functions/acts_for
-- requires: functions/refuse_if_moved
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.writable_run(p_run_id uuid)
    returns hypermind.runs
    language plpgsql
    stable
as $function$
declare
    v_run     hypermind.runs;
    v_summary hypermind.run_summaries;
    v_role    text;
begin
    select * into v_summary from hypermind.run_summaries as s where s.run_id = p_run_id;
    select p.role into v_role from hypermind.projects as p where p.project_id = v_summary.project_id;

    if v_role is null or not hypermind_private.acts_for(v_role) then
        perform hypermind_private.refuse_unknown_run(p_run_id);
    end if;
    perform hypermind_private.refuse_if_archived(v_summary);

    select * into v_run from hypermind.runs as r where r.run_id = p_run_id;
    if not found then
        perform hypermind_private.refuse_if_moved(p_run_id);
        perform hypermind_private.refuse_unknown_run(p_run_id);
    end if;
    return v_run;
end
$function$;

comment on function hypermind_private.writable_run(uuid) is
$comment$The run, open or closed, if the caller acts in its project, and its rows are here.

Raises MH001 (run not found), MH032 (run archived), 40001 (run the transaction again).$comment$;

commit;
