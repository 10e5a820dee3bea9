-- Deploy hypermind:functions/filter_words to pg
-- requires: functions/text_lexeme
-- requires: functions/refuse_argument
-- requires: functions/check_types

begin;

set local role hypermind_owner;

create or replace function hypermind_private.filter_words(p_types text[], p_model text, p_tool text)
    returns tsquery
    language plpgsql
    stable
as $function$
begin
    perform hypermind_private.check_types(p_types);
    if length(p_model) > 200 then
        perform hypermind_private.refuse_argument(
            'p_model', 'p_model is longer than 200 characters', 'Give the name of one model.');
    end if;
    if length(p_tool) > 200 then
        perform hypermind_private.refuse_argument('p_tool', 'p_tool is longer than 200 characters', 'Give the name of one tool.');
    end if;

    return (
        select string_agg(f.words, ' & ')
        from (
            select '(' || string_agg(hypermind_private.text_lexeme('=e' || t.name), ' | ') || ')' from unnest(p_types) as t (name)
            union all select hypermind_private.text_lexeme('=m' || p_model)
            union all select hypermind_private.text_lexeme('=t' || p_tool)
        ) as f (words)
    )::tsquery;
end
$function$;

comment on function hypermind_private.filter_words(text[], text, text) is
$comment$The lexemes of event_words() that narrow a search to event types, a model and a tool, as a query; NULL where nothing
narrows it.

Raises MH016 (invalid argument).$comment$;

commit;
