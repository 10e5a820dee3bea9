-- Deploy hypermind:functions/check_config_name to pg
-- requires: functions/check_text
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_config_name(p_kind text, p_name text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    if p_kind is null or p_kind not in ('prompt', 'tool', 'agent', 'evaluator') then
        perform hypermind_private.refuse_argument(
            'kind', format('%L is no kind of configuration', left(p_kind, 100)), 'Use prompt, tool, agent or evaluator.');
    end if;
    perform hypermind_private.check_text('name', p_name, 200);
end
$function$;

comment on function hypermind_private.check_config_name(text, text) is
$comment$Refuses a kind that is not prompt, tool, agent or evaluator, and a name without 1 to 200 characters.

Raises MH016 (invalid argument).$comment$;

commit;
