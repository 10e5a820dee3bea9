-- Deploy hypermind:functions/text_query to pg
-- requires: functions/text_config
-- requires: functions/words_apart
-- requires: functions/refuse_argument

begin;

set local role hypermind_owner;

-- The setting: PostgreSQL says in a notice, too, what is wrong with a query without words.
create or replace function hypermind_private.text_query(p_query text)
    returns tsquery
    language plpgsql
    stable
    set client_min_messages = warning
as $function$
declare
    v_marked text;
    v_query  tsquery;
    v_hint   constant text := 'Write words, "a phrase", or, and -word for what must not be there.';
begin
    if p_query is null or length(p_query) > 1000 then
        perform hypermind_private.refuse_argument(
            'p_query',
            format('p_query %s', case when p_query is null then 'is null' else 'is longer than 1000 characters' end), v_hint);
    end if;

    -- A minus before a word or a quotation mark, outside of quotation marks, means "not"; every other one is a hyphen or a dash.
    select string_agg(
               case when p.n % 2 = 1 then regexp_replace(p.part, '(^|\s)-(?=[^\s-]|$)', E'\\1\x02', 'g') else p.part end,
               '"' order by p.n)
    into v_marked
    from unnest(string_to_array(replace(p_query, E'\x02', ' '), '"')) with ordinality as p (part, n);

    v_query := websearch_to_tsquery(
        hypermind_private.text_config(), replace(hypermind_private.words_apart(v_marked), E'\x02', '-'));

    if numnode(v_query) is distinct from 0 and regexp_count(v_query::text, '''(?:[^'']|'''')+''') > 64 then
        perform hypermind_private.refuse_argument('p_query', 'p_query has more than 64 words', v_hint);
    elsif coalesce(numnode(v_query), 0) = 0 then
        perform hypermind_private.refuse_argument('p_query', 'p_query has no word to look for', v_hint);
    elsif querytree(v_query) in ('', 'T') then
        perform hypermind_private.refuse_argument('p_query', 'p_query says only what must not be there', v_hint);
    end if;

    return v_query;
end
$function$;

comment on function hypermind_private.text_query(text) is
$comment$What a search looks for: websearch_to_tsquery() of its words, taken apart as those of events are. Refuses what would
have to read everything: no word at all, or none that must be there ("-a", "a or -b").

Raises MH016 (invalid argument).$comment$;

commit;
