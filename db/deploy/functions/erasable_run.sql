-- Deploy hypermind:functions/erasable_run to pg
-- requires: tables/erasures
-- requires: functions/refuse_snapshots
-- requires: functions/check_text
-- requires: functions/operated_run

begin;

set local role hypermind_owner;

create or replace function hypermind_private.erasable_run(p_run_id uuid, p_reason text)
    returns hypermind.run_summaries
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.check_text('p_reason', p_reason, 2000);

    perform hypermind_private.refuse_snapshots();
    perform hypermind_private.operated_run(p_run_id);

    -- Whoever moves the run's month is waited for, before anything else is locked; and then the run is where it is.
    lock table hypermind.erasures in row exclusive mode;
    return hypermind_private.operated_run(p_run_id);
end
$function$;

comment on function hypermind_private.erasable_run(uuid, text) is
$comment$The run that an operator asks to erase something of, if there is a reason, and the transaction can see all copies.

Raises MH001 (run not found), MH016 (invalid argument).$comment$;

commit;
