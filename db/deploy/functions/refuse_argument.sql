-- Deploy hypermind:functions/refuse_argument to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_argument(p_argument text, p_message text, p_hint text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.refuse('MH016', p_message, jsonb_build_object('argument', p_argument), p_hint);
end
$function$;

comment on function hypermind_private.refuse_argument(text, text, text) is
$comment$Raises MH016 (invalid argument) about one argument.$comment$;

commit;
