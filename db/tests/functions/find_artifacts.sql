-- hypermind.find_artifacts(): files by kind, media type, hash, run and time.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/reading.psql
select plan(24);

-- Two of r3, one of r5, a month later, and one of project B; three are the same file.
set local role alice;
select hypermind.attach_artifact(pg_temp.id_of('r3'), 'report', 's3://1', sha256('1'), 1, 'text/csv',
                                 p_metadata => '{"rows": 1}') as a1 \gset
select hypermind.attach_artifact(pg_temp.id_of('r3'), 'screenshot', 's3://2', sha256('2'), 2, 'image/png') as a2 \gset
select hypermind.attach_artifact(pg_temp.id_of('r5'), 'report', 's3://3', sha256('1'), 3, 'text/plain') as a3 \gset
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as b2 \gset
select hypermind.attach_artifact(:'b2', 'report', 's3://4', sha256('1'), 4, 'text/csv') as b4 \gset

create function pg_temp.found(p_arguments text, p_limit integer default null) returns text language plpgsql as $function$
declare
    v_page   text[];
    v_cursor text;
    v_all    text[] := '{}';
begin
    loop
        execute format(
            'select array_agg(right(l.uri, 1) order by l.ord), (array_agg(l.cursor order by l.ord desc))[1] '
            'from (select l.*, row_number() over () as ord from hypermind.find_artifacts(%s) as l) as l',
            concat_ws(', ', nullif(p_arguments, ''), 'p_limit => ' || p_limit, 'p_cursor => ' || quote_literal(v_cursor)))
        into v_page, v_cursor;
        v_all := v_all || v_page;
        exit when p_limit is null or v_page is null;
    end loop;
    return array_to_string(v_all, ' ');
end
$function$;

set local role alice;
select is(pg_temp.found(t.arguments), t.expected, t.arguments)
from (values
    (1, '', '3 2 1'),
    (2, 'p_kind => ''report''', '3 1'),
    (3, 'p_kind => ''x''', ''),
    (4, 'p_media_type => ''image/png''', '2'),
    (5, 'p_media_type => ''x''', ''),
    (6, 'p_sha256 => sha256(''1'')', '3 1'),
    (7, 'p_sha256 => sha256(''9'')', ''),
    (8, format('p_run_id => %L', pg_temp.id_of('r3')), '2 1'),
    (9, format('p_run_id => %L', pg_temp.id_of('r1')), ''),
    (10, format('p_run_id => %L, p_kind => ''report''', pg_temp.id_of('r3')), '1'),
    (11, 'p_kind => ''report'', p_media_type => ''text/csv'', p_sha256 => sha256(''1'')', '1'),
    (12, 'p_from => ''2040-02-01 00:00+00''', '3'),
    (13, 'p_to => ''2040-02-01 10:00+00''', '2 1'),
    (14, format('%L, ''lab''', :'project_a'), '3 2 1'),
    (15, 'p_workspace => ''other''', '')) as t (ord, arguments, expected)
order by t.ord;
select is(pg_temp.found('', 1), '3 2 1', 'page by page, within a run and across months');
select is(pg_temp.found('p_kind => ''report''', 1), '3 1', 'of one kind, too');
select is(pg_temp.found('p_to => ''2040-02-01 10:00+00''', 1), '2 1', 'and with an end');
select results_eq(
    'select run_id, artifact_id, project_id, seq, kind, media_type, uri, sha256, size_bytes, metadata '
    'from hypermind.find_artifacts(p_media_type => ''text/csv'')',
    format($$ values (%L::uuid, %L::uuid, %L::uuid, 4::bigint, 'report', 'text/csv', 's3://1', sha256('1'), 1::bigint,
                      '{"rows": 1}'::jsonb) $$,
           pg_temp.id_of('r3'), :'a1', :'project_a'), 'its columns');

set local role audrey;
select matches(pg_temp.found('p_sha256 => sha256(''1'')', 1), '^(4 3|3 4) 1$', 'an auditor finds a file in all projects');
set local role bob;
select is(pg_temp.found(''), '4', 'others find their own');
select pg_temp.refuses(format('select * from hypermind.find_artifacts(p_run_id => %L)', pg_temp.id_of('r3')), 'MH001',
                       format('run %s does not exist', pg_temp.id_of('r3')), jsonb_build_object('run_id', pg_temp.id_of('r3')),
                       'a run of others is refused');
select is(pg_temp.refusal(format('select * from hypermind.find_artifacts(%L)', :'project_a')) ->> 'code', 'MH015',
          'and a project of others');
select is((select string_agg(pg_temp.refusal('select * from hypermind.find_artifacts(' || a || ')') ->> 'code', ' ')
           from unnest('{"p_limit => 0", "p_sha256 => ''x''", "p_cursor => ''list_runs:''"}'::text[]) as t (a)),
          'MH016 MH016 MH016', 'and what can mean nothing');

select * from finish();
rollback;
