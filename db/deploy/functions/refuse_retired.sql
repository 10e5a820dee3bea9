-- Deploy hypermind:functions/refuse_retired to pg
-- requires: functions/refuse
-- requires: functions/period_state

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_retired(p_period date, p_message text, p_hint text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse(
        'MH031', format('%s %s', to_char(p_period, 'YYYY-MM'), p_message),
        jsonb_build_object('period', p_period, 'state', hypermind_private.period_state(p_period)), p_hint);
end
$function$;

comment on function hypermind_private.refuse_retired(date, text, text) is
$comment$Raises MH031 (period retired).$comment$;

commit;
