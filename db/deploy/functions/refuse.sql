-- Deploy hypermind:functions/refuse to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.refuse(p_code text, p_message text, p_detail jsonb, p_hint text)
    returns void
    language plpgsql
    volatile
as $function$
begin
    raise exception using errcode = p_code, message = p_message, detail = p_detail::text, hint = p_hint;
end
$function$;

comment on function hypermind_private.refuse(text, text, jsonb, text) is
$comment$Raises one of the errors of docs/errors.md: a sentence for people, a JSON object for programs, and the next step.$comment$;

commit;
