-- Deploy hypermind:functions/check_run_filters to pg
-- requires: functions/refuse_argument
-- requires: functions/check_tags

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_run_filters(p_status text, p_mode text, p_tags text[])
    returns void
    language plpgsql
    stable
as $function$
begin
    if p_status not in ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled') then
        perform hypermind_private.refuse_argument(
            'p_status', format('%L is no status', left(p_status, 100)),
            'Use queued, running, paused, completed, failed or cancelled.');
    end if;
    if p_mode not in ('chat', 'workflow', 'batch', 'compare', 'replay', 'evaluate') then
        perform hypermind_private.refuse_argument(
            'p_mode', format('%L is no run mode', left(p_mode, 100)),
            'Use chat, workflow, batch, compare, replay or evaluate.');
    end if;
    perform hypermind_private.check_tags(p_tags);
end
$function$;

comment on function hypermind_private.check_run_filters(text, text, text[]) is
$comment$Refuses a status, mode or tags that no run can have; NULL passes.

Raises MH016 (invalid argument).$comment$;

commit;
