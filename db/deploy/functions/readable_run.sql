-- Deploy hypermind:functions/readable_run to pg
-- requires: functions/listed_run
-- requires: functions/refuse_if_archived

begin;

set local role hypermind_owner;

create or replace function hypermind_private.readable_run(p_run_id uuid)
    returns hypermind.run_summaries
    language plpgsql
    stable
as $function$
declare
    v_run constant hypermind.run_summaries := hypermind_private.listed_run(p_run_id);
begin
    perform hypermind_private.refuse_if_archived(v_run);
    return v_run;
end
$function$;

comment on function hypermind_private.readable_run(uuid) is
$comment$The run's summary, if the caller may read it, and its rows are here.

Raises MH001 (run not found), MH032 (run archived).$comment$;

commit;
