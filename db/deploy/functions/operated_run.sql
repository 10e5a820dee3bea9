-- Deploy hypermind:functions/operated_run to pg
-- requires: functions/operates
-- requires: functions/refuse_unknown_run
-- requires: tables/runs

begin;

set local role hypermind_owner;

create or replace function hypermind_private.operated_run(p_run_id uuid)
    returns hypermind.runs
    language plpgsql
    stable
as $function$
declare
    v_run hypermind.runs;
begin
    select * into v_run
    from hypermind.runs as r
    where r.run_id = p_run_id and hypermind_private.operates();

    if not found then
        perform hypermind_private.refuse_unknown_run(p_run_id);
    end if;
    return v_run;
end
$function$;

comment on function hypermind_private.operated_run(uuid) is
$comment$The run, of whatever project, if the caller decides what is kept.

Raises MH001 (run not found).$comment$;

commit;
