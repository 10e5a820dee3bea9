-- Deploy hypermind:functions/refuse_schema to pg
-- requires: functions/refuse

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse_schema(p_rule text, p_keyword text, p_reason text)
    returns void
    language plpgsql
    volatile
as $function$
declare
    v_pointer constant text := p_rule || coalesce('/' || hypermind_private.pointer_token(p_keyword), '');
begin
    perform hypermind_private.refuse(
        'MH021',
        format('the schema is refused at %s: %s', coalesce(nullif(v_pointer, ''), 'its root'), p_reason),
        jsonb_build_object('pointer', v_pointer, 'keyword', p_keyword, 'reason', p_reason),
        'docs/contracts.md says what a contract may use: JSON Schema draft 2020-12, without what cannot be decided exactly.');
end
$function$;

comment on function hypermind_private.refuse_schema(text, text, text) is
$comment$Refuses a JSON Schema at registration, with the JSON Pointer to the keyword that is the reason.

Raises MH021 (invalid schema).$comment$;

commit;
