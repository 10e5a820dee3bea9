-- hypermind.search_events(): what is found, by whom, in which order, and what is refused.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(121);

-- Three runs of project A, a second apart, and one of B. A contract says what is text.
create temp table runs (name text primary key, run_id uuid);
grant select, insert on runs to alice, bob, carol, audrey;
create function pg_temp.born(p_name text, p_project uuid, p_second integer) returns void language plpgsql as $function$
begin
    perform set_config('role', 'none', true);
    perform pg_temp.set_clock('2040-01-31 23:59:58+00'::timestamptz + p_second * interval '1 second');
    perform set_config('role', case p_name when 'b' then 'bob' else 'alice' end, true);
    insert into runs select p_name, hypermind.create_run(p_project, 'chat');
end
$function$;
create function pg_temp.say(p_run text, p_content text) returns bigint language sql as $function$
    select hypermind.append_event(r.run_id, 'message.added', jsonb_build_object('content', p_content)) from runs as r
    where r.name = p_run
$function$;
-- What a search finds: run and seq, in its order.
create function pg_temp.found(p_query text, p_limit integer default 20, p_cursor text default null) returns text
    language sql as $function$
    select string_agg(r.name || s.seq, ' ' order by s.n)
    from hypermind.search_events(p_query, p_limit => p_limit, p_cursor => p_cursor) with ordinality
    as s (run_id, seq, project_id, event_type, occurred_at, snippet, truncated, cursor, n)
    join runs as r using (run_id)
$function$;
create function pg_temp.snippet(p_query text) returns text language sql as $function$
    select s.snippet from hypermind.search_events(p_query) as s
$function$;

-- x1, x2 in January, x3 in February.
select pg_temp.born('x', :'project_a', 0), pg_temp.born('y', :'project_a', 1), pg_temp.born('z', :'project_a', 2),
       pg_temp.born('b', :'project_b', 3) \gset ignored_
set local role alice;
select pg_temp.say(run, content) as ignored
from (values
    ('x', 'The quick brown fox jumps over the lazy dog'),
    ('x', 'a dog and a cat'),
    ('y', 'Fix astropy/modeling/separable.py: np.array failed with <Error code="E42"> &amp; gpt-4o-mini --verbose a_b 3.14'),
    ('y', 'the lazy fox'),
    ('y', 'a “zeppelin” ⟦late⟧ airship—red «oui» …no、再见。🚀go'),
    ('z', 'DOG'),
    ('z', E'Ünïcode wörds, \u05e9\u05dc\u05d5\u05dd and \u4f60\u597d'),
    ('z', 'https://example.org/some/path?key=value someone@example.org')) as m (run, content) \g /dev/null
select hypermind.append_events(run_id, jsonb_build_array(
    jsonb_build_object('event_type', 'tool.called', 'tool', 'run_sql', 'model', 'model-1',
                       'payload', '{"gen_ai.tool.name": "run_sql",
                                   "gen_ai.tool.call.arguments": {"sql": "select elephant"}}'::jsonb),
    jsonb_build_object('event_type', 'tool.returned', 'tool', E'o''d\\d tool',
                       'payload', '{"gen_ai.tool.call.result": ["an elephant", "and a mouse"]}'::jsonb),
    jsonb_build_object('event_type', 'token.streamed', 'payload', '{"text": "elephant"}'::jsonb),
    jsonb_build_object('event_type', 'custom.thing', 'payload', '{"content": "elephant"}'::jsonb))) as ignored
from runs where name = 'z' \gset
set local role bob;
select pg_temp.say('b', 'the dog of bob') as ignored \gset

-- Words.
set local role alice;
select is(pg_temp.found(query), expected, format('%s: %s', query, what))
from (values
    ('dog', 'z2 x3 x2', 'a word, newest first, and upper and lower case are the same'),
    ('Dog', 'z2 x3 x2', 'in the query, too'),
    ('dogs', null, 'another word'),
    ('do', null, 'a part of a word is none'),
    ('lazy fox', 'y3 x2', 'all words must be there, anywhere'),
    ('"lazy fox"', 'y3', 'a phrase'),
    ('"fox lazy"', null, 'in its order'),
    ('cat or lazy', 'y3 x3 x2', 'alternatives'),
    ('cat OR lazy', 'y3 x3 x2', 'in capitals'),
    ('dog -cat', 'z2 x2', 'not a word'),
    ('dog -"lazy dog"', 'z2 x3', 'not a phrase'),
    ('lazy -"fox lazy" -cat', 'y3 x2', 'not, and not'),
    ('-cat dog', 'z2 x2', 'not, at the start'),
    ('the', 'y3 x2', 'there are no stop words'),
    ('dog:* & (!cat | and) <-> a', 'x3', 'operators of tsquery are no operators'),
    ('ÜNÏCODE', case when lower('Ü') = 'ü' then 'z3' end, 'case of other letters, where the database knows it'),
    ('wörds', 'z3', 'other letters'),
    (E'\u05e9\u05dc\u05d5\u05dd', 'z3', 'other scripts'),
    (E'\u4f60\u597d', 'z3', 'and ideographs'),
    ('separable', 'y2', 'a part of a path'),
    ('separable.py', 'y2', 'a file'),
    ('modeling/separable.py', 'y2', 'the end of a path'),
    ('astropy/separable.py', null, 'which is taken together'),
    ('array', 'y2', 'the end of a dotted name'),
    ('np.array', 'y2', 'a dotted name'),
    ('array.np', null, 'in its order'),
    ('E42', 'y2', 'within a tag'),
    ('<Error code="E42">', 'y2', 'a tag'),
    ('code', 'y2', 'the name of an attribute'),
    ('amp', 'y2', 'an entity'),
    ('gpt-4o-mini', 'y2', 'hyphens'),
    ('4o', 'y2', 'between hyphens'),
    ('gpt -4o', null, 'a minus after a space means not'),
    ('"gpt -4o"', 'y2', 'but not in a phrase'),
    ('gpt - 4o', 'y2', 'nor when it stands alone'),
    ('--verbose', 'y2', 'nor two of them'),
    ('a_b', 'y2', 'an underscore'),
    ('3.14', 'y2', 'a number'),
    ('14', 'y2', 'its decimals'),
    ('example.org', 'z4', 'a host'),
    ('some/path', 'z4', 'the path of a URL'),
    ('someone@example.org', 'z4', 'a mail address'),
    ('someone', 'z4', 'its name'),
    ('zeppelin', 'y4', 'between curly quotation marks'),
    ('late', 'y4', 'between brackets'),
    ('"airship red" oui no go', 'y4', 'beside dashes, guillemets, an ellipsis and an emoji'),
    ('airship—red', 'y4', 'with a dash'),
    ('“zeppelin”', 'y4', 'with curly quotation marks'),
    (E'\u518d\u89c1', 'y4', 'beside ideographic signs'),
    ('elephant', 'z6 z5', 'arguments and results of tools, not what has no text or no contract'),
    ('"elephant and"', 'z6', 'over strings'),
    (E'=p' || :'project_a', null, 'a project is no word'),
    ('=emessage.added dog', null, 'an event type is no word')) as t (query, expected, what);

-- Pages.
select is(pg_temp.found('dog or fox or elephant', 2), 'z6 z5', 'the first page');
select s.cursor as second from hypermind.search_events('dog or fox or elephant', p_limit => 2) as s offset 1 \gset
select is(pg_temp.found('dog or fox or elephant', 2, :'second'), 'z2 y3', 'the second, over a month''s end');
select s.cursor as third from hypermind.search_events('dog or fox or elephant', p_limit => 2, p_cursor => :'second') as s
offset 1 \gset
select is(pg_temp.found('dog or fox or elephant', 2, :'third'), 'x3 x2', 'the third');
select s.cursor as fourth from hypermind.search_events('dog or fox or elephant', p_limit => 2, p_cursor => :'third') as s
offset 1 \gset
select is(pg_temp.found('dog or fox or elephant', 2, :'fourth'), null, 'and no more');
select is(:'second', 'search_events:' || run_id || ':5', 'a cursor says what it is of') from runs where name = 'z';
select is(pg_temp.found('dog', 1000, 'search_events:00000000-0000-0000-0000-000000000000:1'), null,
          'before everything is nothing');

-- Filters.
create function pg_temp.filtered(p_query text, p_arguments text) returns text language plpgsql as $function$
declare
    v_found text;
begin
    execute format('select string_agg(r.name || s.seq, '' '' order by s.run_id desc, s.seq desc) '
                   'from hypermind.search_events(%L, %s) as s join runs as r using (run_id)', p_query, p_arguments)
    into v_found;
    return v_found;
end
$function$;
select is(pg_temp.filtered(query, arguments), expected, what)
from (values
    ('elephant', 'p_types => ''{tool.called}''', 'z5', 'one event type'),
    ('elephant', 'p_types => ''{tool.called, tool.returned, no.such}''', 'z6 z5', 'several'),
    ('elephant or dog', 'p_types => ''{}''', 'z6 z5 z2 x3 x2', 'none is all'),
    ('elephant', 'p_tool => ''run_sql''', 'z5', 'a tool'),
    ('elephant', $$ p_tool => E'o''d\\d tool' $$, 'z6', 'a tool of an odd name'),
    ('elephant', 'p_tool => ''run''', null, 'a part of its name'),
    ('elephant', 'p_model => ''model-1''', 'z5', 'a model'),
    ('elephant', 'p_model => ''model-1'', p_tool => ''x''', null, 'that and another tool'),
    ('dog', 'p_from => ''2040-02-01 00:00:00+00''', 'z2', 'from a moment on'),
    ('dog', 'p_to => ''2040-02-01 00:00:00+00''', 'x3 x2', 'to before it'),
    ('dog', 'p_from => ''2040-02-01'', p_to => ''2040-01-01''', null, 'a range of nothing'),
    ('dog', 'p_from => ''-infinity'', p_to => ''infinity''', 'z2 x3 x2', 'all times'),
    ('dog', 'p_workspace => ''lab''', 'z2 x3 x2', 'a workspace'),
    ('dog', 'p_workspace => ''other''', null, 'a workspace of which nothing can be read'),
    ('dog', format('p_project_id => %L', :'project_a'), 'z2 x3 x2', 'a project'),
    ('dog', format('p_run_id => %L', (select run_id from runs where name = 'x')), 'x3 x2', 'a run'),
    ('dog', format('p_run_id => %L, p_from => ''2040-02-01''', (select run_id from runs where name = 'x')), null,
     'a run of another time'),
    ('dog', format('p_run_id => %L, p_limit => 1', (select run_id from runs where name = 'x')), 'x3', 'its last'),
    ('dog', format('p_run_id => %1$L, p_cursor => ''search_events:'' || %1$L || '':3''',
                   (select run_id from runs where name = 'x')), 'x2', 'and the one before')
) as t (query, arguments, expected, what);

-- What comes with it.
select results_eq(
    $$ select s.project_id, s.event_type, s.occurred_at, s.snippet, s.truncated from hypermind.search_events('quick dog') as s $$,
    format($$ values (%L::uuid, 'message.added', '2040-02-01 00:00:01+00'::timestamptz,
                      'The ⟦quick⟧ brown fox jumps over the lazy ⟦dog⟧', false) $$, :'project_a'),
    'what was found stands between brackets');
select is(pg_temp.snippet('np.array'),
          'Fix astropy/modeling/separable.py: ⟦np⟧.⟦array⟧ failed with <Error code="E42"> &amp; gpt-4o-mini --verbose a_b 3.14',
          'the text is as it was recorded');
select is(pg_temp.snippet('oui'), 'a “zeppelin” [late] airship—red «⟦oui⟧» …no、再见。🚀go', 'other signs, too');
select pg_temp.say('z', E'⟦fake⟧ wolf \u202eevil\u202c\n\x1b[31mred\t<script>alert(1)</script>\u200b') as ignored \gset
select is(pg_temp.snippet('wolf'), '[fake] ⟦wolf⟧  evil   [31mred <script>alert(1)</script> ',
          'but for brackets of that form, control characters and marks of direction');
select pg_temp.say('z', repeat('word ', 30000) || 'tiger') as ignored \gset
select pg_temp.say('z', repeat('bear ', 10000) || 'lion tail' || repeat(' bear', 9000)) as ignored \gset
select is(pg_temp.found('tiger'), null, 'what is beyond 100,000 characters is not found');
select ok(truncated, 'truncated says so of an event that is found') from hypermind.search_events('word');
select alike(snippet, '%⟦lion⟧%', 'a snippet is taken from where the word stands')
from hypermind.search_events('bear lion');
select cmp_ok(length(snippet), '<', 500, 'and is short') from hypermind.search_events('bear tail');
select pg_temp.say('z', repeat('monkey42 42 ', 8) || '4 stripes' || repeat(' more', 60)) as ignored \gset
select alike(snippet, '%⟦4⟧ stripes%', 'a whole word') from hypermind.search_events('4');
select is((select count(*) from hypermind.search_events('dog', p_to => '4714-11-24 00:00:00+00 BC')), 0::bigint,
          'nothing was there before the beginning of time');
select pg_temp.say('z', 'a giraffe') as ignored \gset
select hypermind.append_event(run_id, 'message.added', jsonb_build_object('content', 'a giraffe', 'data', d.data))
from runs cross join (select string_agg(sha512(n::text::bytea)::text, '') as data from generate_series(1, 15000) as n) as d
where name = 'z' \g /dev/null
-- A phrase is read for: so much, and no more.
select hypermind.append_event(run_id, 'message.added', jsonb_build_object('content', 'hyena and gnu', 'data', d.data))
from runs
cross join (select string_agg(sha512(n::text::bytea)::text, '') as data from generate_series(1, 7000) as n) as d
cross join generate_series(1, 8)
where name = 'z' \g /dev/null
select is((select count(*) from hypermind.search_events('gnu hyena')), 8::bigint, 'words are found by the index');
select throws_ok($$ select from hypermind.search_events('"gnu hyena"') $$, 'MH016',
                 'p_query has a phrase whose words stand in too many events that have to be read for it',
                 'a phrase that does not stand in 4 MiB of events with its words is given up');
select is((select count(*) from hypermind.search_events('"hyena and gnu"', p_limit => 2)), 2::bigint,
          'one that does stand there is found, as far as the page goes');
select results_eq(
    $$ select s.snippet, s.truncated from hypermind.search_events('giraffe') as s $$,
    $$ values (null::text, null::boolean), ('a ⟦giraffe⟧', false) $$, 'a payload of more than 1 MiB is found, and not read for a snippet');
select hypermind.append_event(run_id, 'message.added', jsonb_build_object('content', 'rhino ' || repeat('x', 5000)))
from runs where name = 'z' \g /dev/null
select is(pg_temp.found('rhino'), 'z23', 'a word that is too long is left out, and the others are found');

-- Who finds what.
set local role bob;
select is(pg_temp.found('dog'), 'b2', 'another project finds its own');
select pg_temp.refuses(
    format('select * from hypermind.search_events(''dog'', p_project_id => %L)', :'project_a'), 'MH015',
    format('project %s does not exist', :'project_a'), jsonb_build_object('project_id', :'project_a'), 'no project of others');
select pg_temp.refuses(
    format('select * from hypermind.search_events(''dog'', p_run_id => %L)', (select run_id from runs where name = 'x')), 'MH001',
    format('run %s does not exist', (select run_id from runs where name = 'x')),
    jsonb_build_object('run_id', (select run_id from runs where name = 'x')), 'no run of others');
select pg_temp.refuses(
    format('select * from hypermind.search_events(''dog'', p_run_id => %L)', :'unknown_run'), 'MH001',
    format('run %s does not exist', :'unknown_run'), jsonb_build_object('run_id', :'unknown_run'), 'in the same words as none');
set local role carol;
select is(pg_temp.found('dog'), 'z2 x3 x2', 'a reader finds what the project has');
set local role audrey;
select is(pg_temp.found('dog'), 'b2 z2 x3 x2', 'an auditor finds all');
reset role;
select is(pg_temp.found('dog'), null, 'a superuser nothing, before SET ROLE');
set local role nobody_special;
select throws_ok($$ select * from hypermind.search_events('dog') $$, '42501', null, 'and others may not ask');

-- What is refused.
set local role alice;
select is(pg_temp.refusal(format('select * from hypermind.search_events(%s)', arguments)) ->> 'message', message, what)
from (values
    ('null', 'p_query is null', 'no query'),
    ('''''', 'p_query has no word to look for', 'an empty one'),
    (''' . - "" ! ''', 'p_query has no word to look for', 'one without a word'),
    ('''-dog''', 'p_query says only what must not be there', 'only not'),
    ('''-dog -cat''', 'p_query says only what must not be there', 'twice not'),
    ('''dog or -cat''', 'p_query says only what must not be there', 'not as an alternative'),
    ('repeat(''a'', 1001)', 'p_query is longer than 1000 characters', 'a long one'),
    ('repeat(''a'', 1000000)', 'p_query is longer than 1000 characters', 'a million characters'),
    ('repeat(''a '', 65)', 'p_query has more than 64 words', '65 words'),
    ('repeat(''-a '', 65)', 'p_query has more than 64 words', 'or not words'),
    ('''dog'', p_limit => 0', 'p_limit is 0: a page has 1 to 1000 rows', 'no row'),
    ('''dog'', p_limit => 1001', 'p_limit is 1001: a page has 1 to 1000 rows', 'too many'),
    ('''dog'', p_cursor => ''x''', 'p_cursor is no cursor of search_events()', 'no cursor'),
    ('''dog'', p_cursor => ''list_runs:0197e000-0000-7000-8000-000000000000''', 'p_cursor is no cursor of search_events()',
     'the cursor of another query'),
    ('''dog'', p_types => array_fill(''a.b''::text, array[65])',
     'p_types has more than 64 event types, or one that is null or longer than 100 characters', 'many event types'),
    ('''dog'', p_types => ''{null}''',
     'p_types has more than 64 event types, or one that is null or longer than 100 characters', 'an event type that is null'),
    ('''dog'', p_model => repeat(''m'', 201)', 'p_model is longer than 200 characters', 'no model'),
    ('''dog'', p_tool => repeat(''t'', 1000000)', 'p_tool is longer than 200 characters', 'no tool')
) as t (arguments, message, what);
select is(pg_temp.found(repeat('a ', 63) || 'dog'), 'x3', '64 words are looked for');
select throws_ok($$ select pg_temp.found(repeat('𝒜', 1000)) $$, 'MH016', 'p_query has no word to look for',
                 'a word that is too long to be indexed is none');

select * from finish();
rollback;
