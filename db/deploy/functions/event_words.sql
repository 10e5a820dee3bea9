-- Deploy hypermind:functions/event_words to pg
-- requires: functions/event_text
-- requires: functions/text_config
-- requires: functions/words_apart

begin;

set local role hypermind_owner;

-- Indexes are made of what this returns. The settings: a word of over 2,046 bytes is left out with a notice, which is nothing to
-- bother with who appends; and whoever analyses the table has a search_path of his own.
create or replace function hypermind_private.event_words(
    p_project_id uuid,
    p_event_type text,
    p_model      text,
    p_tool       text,
    p_payload    jsonb,
    p_text_rule  smallint
)
    returns tsvector
    language plpgsql
    immutable
    parallel safe
    cost 10000
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
as $function$
begin
    return to_tsvector(
               hypermind_private.text_config(),
               hypermind_private.words_apart(hypermind.event_text(p_payload, p_text_rule)))
           || array_to_tsvector(array_remove(
                  array['=p' || p_project_id, '=e' || p_event_type, '=m' || p_model, '=t' || p_tool], null));
end
$function$;

comment on function hypermind_private.event_words(uuid, text, text, text, jsonb, smallint) is
$comment$What the text index holds of an event: the words of its event_text(), and as four more words its project (=p...), event
type (=e...), model (=m...) and tool (=t...), so that the index itself finds what is rare in a project or a tool, however
common it is elsewhere. No word of a text can begin with an equals sign. NULL for an event without text.

Left out: what event_text() cuts off, and words of more than 2,046 bytes.$comment$;

commit;
