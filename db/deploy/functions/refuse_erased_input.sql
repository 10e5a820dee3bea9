-- Deploy hypermind:functions/refuse_erased_input to pg
-- requires: tables/runs
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_erased_input(p_run hypermind.runs)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_run.salt is null then
        perform hypermind_private.refuse(
            'MH025',
            format('the input of run %s was erased: nothing can be replayed from it', p_run.run_id),
            jsonb_build_object('run_id', p_run.run_id, 'subject', 'input'),
            'Its events and hashes are still there: run_timeline(), verify_run(). hypermind.erasures says why it was erased.');
    end if;
end
$function$;

comment on function hypermind_private.refuse_erased_input(hypermind.runs) is
$comment$Refuses to replay or fork a run whose input is gone.

Raises MH025 (content erased).$comment$;

commit;
