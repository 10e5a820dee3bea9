-- Deploy hypermind:functions/check_run_fields to pg
-- requires: functions/check_object
-- requires: functions/check_tags
-- requires: functions/check_text

begin;

set local role hypermind_owner;

create or replace function hypermind_private.check_run_fields(
    p_input jsonb, p_metadata jsonb, p_tags text[], p_agent text, p_model text, p_owner text
)
    returns void
    language plpgsql
    volatile
as $function$
begin
    perform hypermind_private.check_object('input', p_input);
    perform hypermind_private.check_object('metadata', p_metadata);
    perform hypermind_private.check_tags(p_tags);
    if p_agent is not null then
        perform hypermind_private.check_text('p_agent', p_agent, 200);
    end if;
    if p_model is not null then
        perform hypermind_private.check_text('p_model', p_model, 200);
    end if;
    if p_owner is not null then
        perform hypermind_private.check_text('p_owner', p_owner, 200);
    end if;
end
$function$;

comment on function hypermind_private.check_run_fields(jsonb, jsonb, text[], text, text, text) is
$comment$Refuses what cannot be kept in a run's row.

Raises MH016 (invalid argument), MH017 (value too large).$comment$;

commit;
