-- hypermind.activity(): what was recorded across runs between two moments.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/reading.psql
select plan(27);

-- The late step of an old run: of a period before the one asked for.
select pg_temp.at('2040-02-02 10:00:00+00') as ignored \gset
set local role alice;
select hypermind.append_event(pg_temp.id_of('r3'), 'custom.late', '{"content": "late"}', p_tags => '{t}') as ignored \gset

create function pg_temp.happened(p_arguments text, p_limit integer default null) returns text language plpgsql as $function$
declare
    v_page   text[];
    v_cursor text;
    v_all    text[] := '{}';
begin
    loop
        execute format(
            'select array_agg(concat(m.name, ''/'', l.seq) order by l.ord), (array_agg(l.cursor order by l.ord desc))[1] '
            'from (select l.*, row_number() over () as ord from hypermind.activity(%s) as l) as l '
            'join made as m on m.run_id = l.run_id',
            concat_ws(', ', p_arguments, 'p_limit => ' || p_limit, 'p_cursor => ' || quote_literal(v_cursor)))
        into v_page, v_cursor;
        v_all := v_all || v_page;
        exit when p_limit is null or v_page is null;
    end loop;
    return array_to_string(v_all, ' ');
end
$function$;
select 'p_from => ''2040-02-01 00:00+00'', p_to => ''2040-02-03 00:00+00''' as days,
       'p_from => ''2040-01-03 00:00+00'', p_to => ''2040-01-20 00:00+00''' as january \gset

select is(pg_temp.happened(:'days'), 'r6/2 r6/1 r3/4 r5/3 r5/2 r5/1',
          'newest first; a late step of a run of the month before is there');
select is(pg_temp.happened(:'days', n), 'r6/2 r6/1 r3/4 r5/3 r5/2 r5/1', format('in pages of %s', n))
from generate_series(1, 5, 2) as n;
select is(pg_temp.happened(:'days' || ', p_types => ''{custom.late, run.created}''', 1), 'r6/1 r3/4 r5/1', 'of some types');
select is(pg_temp.happened(:'days' || ', p_types => ''{custom.none}'''), '', 'or of none');
select is(pg_temp.happened('p_from => ''2040-02-01 10:00+00'', p_to => ''2040-02-02 10:00+00'''), 'r5/3 r5/2 r5/1',
          'from the one moment, to before the other');
select is(pg_temp.happened('p_from => ''2040-03-01 00:00+00'', p_to => ''2040-03-31 00:00+00'''), '', 'a month without events');
select results_eq(
    format('select event_type, parent_seq, recorded_at, model, tool, tags, input_tokens, preview, payload_bytes > 0, erased, '
           'project_id from hypermind.activity(%s, p_types => ''{custom.late}'')', :'days'),
    format($$ values ('custom.late', null::bigint, '2040-02-02 10:00:00+00'::timestamptz, null, null, '{t}'::text[], null::bigint,
                      'late', true, false, %L::uuid) $$, :'project_a'), 'what is told of an event');

-- Whose.
set local role bob;
select is(pg_temp.happened(:'january'), 'b1/4 b1/3 b1/2 b1/1', 'a project''s own');
set local role audrey;
select matches(pg_temp.happened(:'january', 2), '^b1/4 b1/3 b1/2 b1/1 r3/3 (r[34]/[12] ?){3}$',
               'an auditor: all projects in one order, with ties in pages');
select is(pg_temp.happened(format('%L, %s', :'project_b', :'january')), 'b1/4 b1/3 b1/2 b1/1', 'or one of them');

set local role alice;
select pg_temp.refuses(format('select * from hypermind.activity(%L, %s)', :'project_b', :'days'), 'MH015',
                       format('project %s does not exist', :'project_b'), jsonb_build_object('project_id', :'project_b'),
                       'a project of others is refused');
select is(pg_temp.refusal(format('select * from hypermind.activity(%s)', t.arguments)) ->> 'code', 'MH016', t.what)
from (values
    (1, '', 'both ends are required'),
    (2, 'p_from => ''2040-01-01'', p_to => ''2040-03-01''', 'and are 31 days apart at most'),
    (3, 'p_from => ''-infinity'', p_to => ''2040-03-01''', 'nor endless'),
    (4, 'p_from => ''294276-12-15'', p_to => ''294276-12-31''', 'nor at the end of time'),
    (5, 'p_from => ''294276-12-15'', p_to => ''infinity''', 'nor beyond'),
    (6, :'days' || ', p_cursor => ''activity:99999999999999999999999:' || :'unknown_run' || ':1''', 'a cursor is checked'),
    (7, 'p_from => ''2040-01-01''', 'its end is required'),
    (8, 'p_to => ''2040-01-01''', 'its beginning is required'),
    (9, 'p_from => ''0100-01-01 BC'', p_to => ''0100-01-02 BC''', 'nor before there were years'),
    (10, 'p_from => ''2040-01-01'', p_to => ''2040-01-01''', 'nor of no time'),
    (11, :'days' || ', p_limit => 0', 'a page has rows'),
    (12, :'days' || ', p_types => array_fill(''x.y''::text, ''{65}'')', 'of 64 types at most'),
    (13, :'days' || ', p_types => ''{x.y, null}''', 'that are none'),
    (14, :'days' || ', p_types => array[repeat(''x'', 101)]', 'or none that there could be'))
    as t (ord, arguments, what)
order by t.ord;

select * from finish();
rollback;
