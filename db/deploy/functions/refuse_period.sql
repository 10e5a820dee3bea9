-- Deploy hypermind:functions/refuse_period to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_period(p_period date, p_message text, p_reasons jsonb)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse(
        'MH030',
        format('%s %s: %s', to_char(p_period, 'YYYY-MM'), p_message, p_reasons #>> '{0, explanation}'),
        jsonb_build_object('period', p_period, 'reasons', p_reasons),
        'hypermind.plan_retention() tells what keeps each month.');
end
$function$;

comment on function hypermind_private.refuse_period(date, text, jsonb) is
$comment$Raises MH030 (period kept), with the reasons: objects with reason, run_id, explanation.$comment$;

commit;
