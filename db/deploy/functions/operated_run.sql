-- Deploy hypermind:functions/operated_run to pg
-- requires: functions/operates
-- requires: functions/refuse_unknown_run
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

create or replace function hypermind_private.operated_run(p_run_id uuid)
    returns hypermind.run_summaries
    language plpgsql
    stable
as $function$
declare
    v_run hypermind.run_summaries;
begin
    select * into v_run
    from hypermind.run_summaries as s
    where s.run_id = p_run_id and hypermind_private.operates();

    if not found then
        perform hypermind_private.refuse_unknown_run(p_run_id);
    end if;
    return v_run;
end
$function$;

comment on function hypermind_private.operated_run(uuid) is
$comment$The summary of a run, of whatever project, archived or not, if the caller decides what is kept.

Raises MH001 (run not found).$comment$;

commit;
