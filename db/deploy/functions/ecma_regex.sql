-- Deploy hypermind:functions/ecma_regex to pg
-- requires: schemas/hypermind_private

begin;

set local role hypermind_owner;

create or replace function hypermind_private.ecma_regex(
        p_pattern text,
    out regex     text,
    out problem   text
)
    language plpgsql
    immutable
    parallel unsafe
    set standard_conforming_strings = on  -- there are backslashes in what follows, and any session may set it otherwise
as $function$
declare
    -- What compiles in some milliseconds. That time grows with the square of what is optional, and with the number of
    -- ways to match nothing but one assertion after the other.
    v_max_length     constant int := 1000;
    v_max_size       constant int := 2000;    -- characters and classes, with those in a repetition as often as it says
    v_max_arcs       constant int := 20000;   -- classes, counted likewise, times the different sets of characters
    v_max_optional   constant int := 30000;   -- optional parts, counted likewise, times the size
    v_max_assertions constant int := 60;
    v_max_ways       constant int := 1000;
    v_max_repetition constant int := 255;     -- of PostgreSQL

    v_escape constant text :=
        '\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\}'
        '|\\x[0-9a-fA-F]{2}|\\c[a-zA-Z]|\\0[0-9]|\\.|.';
    v_token  constant text :=
        '\[(?:[^\]\\]|\\.)*\]|\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_$][A-Za-z0-9_$]*>))?'
        '|(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??|' || v_escape;

    -- Every character that a jsonb string can hold, and the sets that have a name.
    v_all   constant int4multirange := '{[1,55296),[57344,1114112)}';
    v_digit constant int4multirange := '{[48,58)}';
    v_word  constant int4multirange := '{[48,58),[65,91),[95,96),[97,123)}';
    v_space constant int4multirange :=
        '{[9,14),[32,33),[160,161),[5760,5761),[8192,8203),[8232,8234),[8239,8240),[8287,8288),[12288,12289),[65279,65280)}';
    v_line  constant int4multirange := '{[10,11),[13,14),[8232,8234)}';
    v_edge  constant text := '(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))';
    v_inner constant text := '(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))';

    v_tokens  constant text[] := array(select m[1] from regexp_matches(p_pattern, '(' || v_token || ')', 'g') as m);
    v_at      int := 1;
    v_now     text;
    v_in      boolean;          -- inside a class
    v_parts   text[];           -- of a class
    v_part    int;
    v_set     int4multirange;
    v_one     int4multirange;
    v_code    int;
    v_codes   int[];
    v_sets    int4multirange[] := '{}';
    v_names   text[] := '{}';
    v_bounds  text[];
    v_least   numeric;
    v_most    numeric;          -- NULL: any number of times
    v_times   numeric;

    -- What is known of each group that is open, the whole being the first.
    v_is_assertion boolean[] := '{f}';
    v_sizes        numeric[] := '{0}';
    v_wides        numeric[] := '{0}';
    v_optionals    numeric[] := '{0}';
    v_assertions   numeric[] := '{0}';
    v_ways_here    numeric[] := '{1}';  -- of what was last read of this branch, since a character
    v_ways_through numeric[] := '{0}';  -- of the branches before that match nothing but assertions
    v_ways_most    numeric[] := '{1}';  -- of any part of it
    v_nullable     boolean[] := '{t}';  -- whether this branch of it can match the empty string
    v_nullables    boolean[] := '{f}';  -- whether a branch before can
    v_depth        int := 1;
    v_worst        numeric := 1;

    -- What is known of what was just read, and may be quantified.
    v_is_atom   boolean;
    v_empty     boolean;
    v_size      numeric;
    v_wide      numeric;
    v_optional  numeric;
    v_assertion numeric;
    v_ways      numeric;
begin
    if length(p_pattern) > v_max_length then
        problem := format('is longer than %s characters', v_max_length);
        return;
    end if;

    regex := '';
    while v_at <= cardinality(v_tokens) loop
        v_now := v_tokens[v_at];
        v_at := v_at + 1;
        v_is_atom := false;
        v_empty := true;
        v_size := 0;
        v_wide := 0;
        v_optional := 0;
        v_assertion := 0;
        v_ways := 1;

        if left(v_now, 1) = '(' then
            if v_now like '(?<_%>' then
                if v_now = any (v_names) then
                    problem := 'gives two groups one name';
                    exit;
                end if;
                v_names := v_names || v_now;
            end if;
            v_depth := v_depth + 1;
            v_is_assertion[v_depth] := v_now ~ '[=!]$';
            v_sizes[v_depth] := 0;
            v_wides[v_depth] := 0;
            v_optionals[v_depth] := 0;
            v_assertions[v_depth] := 0;
            v_ways_here[v_depth] := 1;
            v_ways_through[v_depth] := 0;
            v_ways_most[v_depth] := 1;
            v_nullable[v_depth] := true;
            v_nullables[v_depth] := false;
            regex := regex || case when v_is_assertion[v_depth] then v_now else '(?:' end;
            continue;

        elsif v_now = '|' then
            v_ways_through[v_depth] := v_ways_through[v_depth] + v_nullable[v_depth]::int * v_ways_here[v_depth];
            v_ways_here[v_depth] := 1;
            v_nullables[v_depth] := v_nullables[v_depth] or v_nullable[v_depth];
            v_nullable[v_depth] := true;
            regex := regex || '|';
            continue;

        elsif v_now = ')' then
            if v_depth = 1 then
                problem := 'closes a parenthesis that was not opened';
                exit;
            end if;
            v_is_atom := not v_is_assertion[v_depth];
            v_empty := v_is_assertion[v_depth] or v_nullable[v_depth] or v_nullables[v_depth];
            v_size := v_sizes[v_depth];
            v_wide := v_wides[v_depth];
            v_optional := v_optionals[v_depth];
            v_assertion := v_assertions[v_depth] + v_is_assertion[v_depth]::int;
            if v_is_atom and v_assertion > 0 then
                v_ways := greatest(v_ways_through[v_depth] + v_nullable[v_depth]::int * v_ways_here[v_depth],
                                   v_ways_most[v_depth]);
            end if;
            v_worst := greatest(v_worst, v_ways_most[v_depth]);
            v_depth := v_depth - 1;
            regex := regex || ')';

        elsif v_now in ('^', '$') then
            v_assertion := 1;
            regex := regex || v_now;

        elsif v_now in ('\b', '\B') then
            v_assertion := 2;
            v_ways := 2;
            regex := regex || case v_now when '\b' then v_edge else v_inner end;

        elsif v_now ~ '^([*+?]|\{.)' then
            problem := 'has a quantifier after nothing that can be repeated';
            exit;
        elsif v_now ~ '^[]{}[]$' then
            problem := format('has a %s that is neither escaped nor part of a pair', v_now);
            exit;
        elsif v_now ~ '^\\[1-9k]' then
            problem := 'refers back to a group';
            exit;
        elsif v_now ~ '^\\[pP]' then
            problem := 'asks for a Unicode property';
            exit;

        else
            -- A set of characters: a class, or what a class can have in it.
            v_in := v_now like '[%';
            v_parts := case when v_in
                            then array(select m[1]
                                       from regexp_matches(regexp_replace(v_now, '^\[\^?|\]$', '', 'g'),
                                                           '(' || v_escape || ')', 'g') as m)
                            else array[v_now] end;
            v_set := '{}';
            v_part := 1;
            v_codes := '{}';
            while v_part <= cardinality(v_parts) loop
                v_now := v_parts[v_part];
                v_code := null;
                v_one := case v_now
                         when '\d' then v_digit
                         when '\D' then v_all - v_digit
                         when '\w' then v_word
                         when '\W' then v_all - v_word
                         when '\s' then v_space
                         when '\S' then v_all - v_space
                         when '.' then case when not v_in then v_all - v_line end
                         end;
                if v_one is null then
                    v_code := case
                              when length(v_now) = 1 then case when v_now <> '\' then ascii(v_now) end
                              when v_now = '\0' then 0
                              when v_now = '\b' and v_in then 8
                              when v_now = '\t' then 9
                              when v_now = '\n' then 10
                              when v_now = '\v' then 11
                              when v_now = '\f' then 12
                              when v_now = '\r' then 13
                              when v_now = '\-' and v_in then ascii('-')
                              when v_now ~ '^\\[]^$\\.*+?()[{}|/]$' then ascii(right(v_now, 1))
                              when v_now ~ '^\\c.' then ascii(right(v_now, 1)) % 32
                              when v_now ~ '^\\x..' or v_now ~ '^\\u[^{]{4}$' or v_now ~ '^\\u\{0*[^}]{1,6}\}'
                              then ('x' || lpad(substring(v_now from '^\\[xu]\{?0*([^}]*)'), 8, '0'))::bit(32)::int
                              when v_now ~ '^\\u....\\u....'
                              then 65536 + (('x0000' || substr(v_now, 3, 4))::bit(32)::int - 55296) * 1024
                                   + ('x0000' || substr(v_now, 9, 4))::bit(32)::int - 56320
                              end;
                    if v_code is null or v_code > 1114111 then
                        problem := format('has %s, which means nothing%s', v_now, case when v_in then ' in a class' else '' end);
                        exit;
                    elsif v_code between 55296 and 57343 then
                        problem := 'has a lone surrogate';
                        exit;
                    end if;
                    v_one := int4multirange(int4range(v_code, v_code, '[]'));
                end if;

                -- The second end of a range has found the first one here.
                if cardinality(v_codes) = 1 then
                    if v_code is null then
                        problem := 'has a range that ends with a set';
                        exit;
                    elsif v_codes[1] > v_code then
                        problem := 'has a range whose ends are in the wrong order';
                        exit;
                    end if;
                    v_one := int4multirange(int4range(v_codes[1], v_code, '[]'));
                    v_codes := '{}';
                elsif v_in and v_parts[v_part + 1] = '-' and v_part + 2 <= cardinality(v_parts) then
                    if v_code is null then
                        problem := 'has a range that ends with a set';
                        exit;
                    end if;
                    v_codes := array[v_code];
                    v_part := v_part + 1;
                end if;
                v_set := v_set + v_one;
                v_part := v_part + 1;
            end loop;
            exit when problem is not null;

            v_set := v_set * v_all;
            if v_tokens[v_at - 1] like '[^%' then
                v_set := v_all - v_set;
            end if;
            if not v_set = any (v_sets) then
                v_sets := v_sets || v_set;
            end if;
            v_is_atom := true;
            v_empty := false;
            v_size := 1;
            v_wide := coalesce((upper(v_set) - lower(v_set) > 1)::int, 0);

            -- No character is written as it is but letters and digits: nothing else has to be known of the syntax.
            if isempty(v_set) then
                regex := regex || '[^\u0001-\U0010FFFF]';
            elsif v_set = v_all then
                regex := regex || '.';
            elsif v_wide = 0 then
                v_code := lower(v_set);
                regex := regex || case when chr(v_code) ~ '^[0-9A-Za-z]$' then chr(v_code)
                                       when v_code < 65536 then '\u' || lpad(to_hex(v_code), 4, '0')
                                       else '\U' || lpad(to_hex(v_code), 8, '0') end;
            else
                v_one := case when upper(v_set) = 1114112 then v_all - v_set else v_set end;
                select regex || case when v_one = v_set then '[' else '[^' end || string_agg(r.written, '') || ']' into regex
                from (
                    select string_agg(case when chr(c.code) ~ '^[0-9A-Za-z]$' then chr(c.code)
                                           when c.code < 65536 then '\u' || lpad(to_hex(c.code), 4, '0')
                                           else '\U' || lpad(to_hex(c.code), 8, '0') end, '-' order by c.code) as written
                    from unnest(v_one) as s(piece)
                    cross join lateral (select lower(s.piece) union select upper(s.piece) - 1) as c(code)
                    group by s.piece
                ) as r;
            end if;
        end if;

        if v_tokens[v_at] ~ '^([*+?]|\{.)' then
            if not v_is_atom then
                problem := 'repeats an assertion';
                exit;
            end if;
            v_now := rtrim(v_tokens[v_at], '?');
            v_bounds := regexp_match(v_now, '^\{([0-9]+)(,?)([0-9]*)\}');
            v_least := case when v_bounds is not null then v_bounds[1]::numeric when v_now = '+' then 1 else 0 end;
            v_most := case when v_bounds is null then case when v_now = '' then 1 end
                           when v_bounds[2] = '' then v_least
                           else nullif(v_bounds[3], '')::numeric end;
            v_at := v_at + 1;
            if v_most < v_least then
                problem := 'has a repetition whose bounds are in the wrong order';
                exit;
            elsif greatest(v_least, v_most) > v_max_repetition then
                problem := format('repeats something more than %s times', v_max_repetition);
                exit;
            elsif v_empty and v_assertion > 0 and v_most is distinct from 1 then
                problem := 'repeats what may be nothing but an assertion';
                exit;
            end if;
            regex := regex || case when v_bounds is not null then v_now when v_now = '' then '?' else v_now end;
            v_times := greatest(coalesce(v_most, v_least), 1);
            v_size := v_size * v_times;
            v_wide := v_wide * v_times;
            v_optional := v_optional * v_times + (v_least = 0)::int;
            v_assertion := v_assertion * v_times;
            v_ways := least(v_ways ^ v_times + (v_assertion > 0 and v_least = 0)::int, v_max_ways + 1);
            v_empty := v_empty or v_least = 0;
        end if;

        v_sizes[v_depth] := v_sizes[v_depth] + v_size;
        v_wides[v_depth] := v_wides[v_depth] + v_wide;
        v_optionals[v_depth] := v_optionals[v_depth] + v_optional;
        v_assertions[v_depth] := v_assertions[v_depth] + v_assertion;
        v_ways_here[v_depth] := case when v_empty or v_assertion > 0
                                     then least(v_ways_here[v_depth] * v_ways, v_max_ways + 1)
                                     else 1 end;
        v_ways_most[v_depth] := greatest(v_ways_most[v_depth], v_ways_here[v_depth]);
        v_nullable[v_depth] := v_nullable[v_depth] and v_empty;
    end loop;

    if problem is null then
        problem := case
                   when v_depth > 1 then 'does not close a parenthesis'
                   when v_sizes[1] > v_max_size or v_wides[1] * cardinality(v_sets) > v_max_arcs
                        or v_optionals[1] * v_sizes[1] > v_max_optional or v_assertions[1] > v_max_assertions
                        or greatest(v_worst, v_ways_most[1]) > v_max_ways
                   then 'takes too long to compile'
                   end;
    end if;
    if problem is null then
        begin
            perform '' ~ regex;
        exception
            when invalid_regular_expression or statement_too_complex or program_limit_exceeded then
                problem := 'is not taken by PostgreSQL: ' || sqlerrm;
        end;
    end if;
    if problem is not null then
        regex := null;
    end if;
end
$function$;

comment on function hypermind_private.ecma_regex(text) is
$comment$A regular expression of ECMA-262 (Unicode mode, as JSON Schema means it) as one of PostgreSQL.

regex: matches, with ~ and with jsonpath's like_regex ... flag "s", the strings that the pattern matches, and no others.
problem: why there is none, as the end of a sentence: the pattern is no regular expression, uses what cannot be decided
exactly (references back, Unicode properties, modifiers), or would take too long to compile. One of both is NULL.

Groups capture nothing, and lazy quantifiers are written as greedy ones: only whether something matches is asked.
PARALLEL UNSAFE for its exception block: before PostgreSQL 17 a parallel query starts no subtransaction.$comment$;

commit;
