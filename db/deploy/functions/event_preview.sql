-- Deploy hypermind:functions/event_preview to pg
-- requires: schemas/hypermind
-- requires: roles/hypermind_reader

begin;

set local role hypermind_owner;

create or replace function hypermind.event_preview(p_payload jsonb)
    returns text
    language plpgsql
    immutable
    strict
    parallel safe
as $function$
declare
    v_payload constant jsonb := p_payload #> '{}';  -- decompressed once
    v_text    text := coalesce(
        v_payload ->> 'content', v_payload ->> 'message', v_payload ->> 'gen_ai.tool.call.result',
        v_payload ->> 'gen_ai.tool.call.arguments');
begin
    if v_text is null then
        v_text := coalesce(
            v_payload ->> 'reason', v_payload ->> 'stage', v_payload ->> 'question', v_payload ->> 'title', v_payload ->> 'uri',
            v_payload ->> 'gen_ai.request.model', 
            nullif(case when pg_column_size(v_payload) <= 65536 then v_payload::text end, '{}'));
    end if;
    if v_payload ? 'error.type' then
        v_text := concat_ws(': ', left(v_payload ->> 'error.type', 100), v_text);
    end if;

    -- Control characters have no business on a terminal, and none that turn the reading direction or hide on a page.
    return regexp_replace(
        left(v_text, 160), '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+',
        ' ', 'g');
end
$function$;

comment on function hypermind.event_preview(jsonb) is
$comment$What an event says, in one line of at most 160 characters: the content or message of its payload, else what a tool
returned or was called with, else a reason, stage, question, title, uri or model, else the payload itself; after the type of
the error, if it has one.
NULL when there is nothing. Characters that would act on a terminal, turn the reading direction or cannot be seen become blanks.

It is what event_log and run_timeline() show. Markup is left as it is.$comment$;

grant execute on function hypermind.event_preview(jsonb) to hypermind_reader;

commit;
