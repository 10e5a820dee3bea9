-- Deploy hypermind:functions/violation to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.violation(p_pointer text, p_rule text, p_keyword text, p_message text)
    returns jsonb
    language sql
    immutable
    parallel safe
as $function$
    select jsonb_build_object(
        'pointer', case when length(p_pointer) > 1000 then left(p_pointer, 1000) || '…' else p_pointer end,
        'rule', p_rule, 'keyword', p_keyword, 'message', p_message)
$function$;

comment on function hypermind_private.violation(text, text, text, text) is
$comment$One way in which a value breaks a contract, as it stands in the detail of MH006: the JSON Pointer into the value, the one
into the schema, the keyword there, and a sentence. A pointer of more than 1000 characters is cut.$comment$;

commit;
