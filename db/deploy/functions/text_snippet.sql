-- Deploy hypermind:functions/text_snippet to pg
-- requires: functions/text_config
-- requires: functions/words_apart
-- requires: functions/text_lexeme

begin;

set local role hypermind_owner;

-- The setting: words too long to be indexed are nothing to bother a reader with.
create or replace function hypermind_private.text_snippet(p_text text, p_query tsquery)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
as $function$
declare
    v_width   constant integer := 300;
    v_config  constant regconfig := hypermind_private.text_config();
    v_options constant text := 'StartSel=⟦, StopSel=⟧, HighlightAll=true';
    -- The words that must be there.
    v_words   constant text[] := array(
        select replace(replace(m.word[1], '''''', ''''), repeat(chr(92), 2), chr(92))
        from regexp_matches(querytree(p_query), '''((?:[^'']|'''')+)''', 'g') as m (word));
    v_lower   text;
    v_word    text;
    v_at      integer;
    v_step    integer;
    v_starts  integer[] := '{}';
    v_start   integer;
    v_piece   text;
    v_apart   text;
    v_signs   text[];
    v_snippet text;
begin
    -- Of a long text only a piece is looked at: around the word that comes last for the first time, which is likely to be the
    -- rarest in it, at three places at most where it is no part of another word.
    if length(p_text) > v_width then
        v_lower := lower(p_text);
        for v_word in select w.word from unnest(v_words) as w (word) order by strpos(v_lower, w.word) desc limit 3 loop
            v_at := 0;
            for i in 1 .. 20 loop
                v_step := strpos(substr(v_lower, v_at + 1), v_word);
                exit when v_step = 0 or cardinality(v_starts) = 3;
                v_at := v_at + v_step;
                if substr(' ' || v_lower, v_at, 1) !~ '[[:alnum:]]'
                   and substr(v_lower, v_at + length(v_word), 1) !~ '[[:alnum:]]' then
                    v_starts := v_starts || greatest(v_at - 100, 1);
                end if;
            end loop;
            exit when v_starts <> '{}';
        end loop;
    end if;

    foreach v_start in array coalesce(nullif(v_starts, '{}'), '{1}') loop
        -- Nothing that moves a cursor, breaks the line or turns the direction of writing, and no markers but the search's own.
        v_piece := translate(
            regexp_replace(
                substr(p_text, v_start, v_width),
                '[\u0001-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]', ' ', 'g'),
            '⟦⟧', '[]');
        v_apart   := hypermind_private.words_apart(v_piece);
        v_snippet := ts_headline(v_config, v_apart, p_query, v_options);
        exit when v_snippet like '%⟦%';
    end loop;

    -- Words that stand far from each other: any of them.
    if v_snippet not like '%⟦%' then
        v_snippet := ts_headline(
            v_config, v_apart,
            (select string_agg(hypermind_private.text_lexeme(w.word), ' | ') from unnest(v_words) as w (word))::tsquery, v_options);
    end if;

    -- The signs that words_apart() took out, one after the other.
    v_signs := array(
        select substr(v_piece, (sum(length(p.part)) over (order by p.n) + p.n)::integer, 1)
        from unnest(string_to_array(v_apart, E'\x01')) with ordinality as p (part, n) order by p.n);
    return (
        select string_agg(p.part || coalesce(v_signs[p.n], ''), '' order by p.n)
        from unnest(string_to_array(v_snippet, E'\x01')) with ordinality as p (part, n));
end
$function$;

comment on function hypermind_private.text_snippet(text, tsquery) is
$comment$A line of at most 300 characters (and the marks) from a text, around words that a query looks for, each between U+27E6 and
U+27E7: ⟦word⟧.

These two stand for nothing else: brackets of that form in the text come out as [ and ]. Control characters, line breaks and marks
of direction come out as spaces. All else is the text as it was recorded: whoever shows it has to escape it.$comment$;

commit;
