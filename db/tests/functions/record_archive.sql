-- archive_figures() and record_archive(): an archive is recorded only if it holds what is here, and never changes.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/old_month.psql
select plan(48);
\set archive_1 aaaaaaaa-0000-4000-8000-000000000001
\set archive_2 aaaaaaaa-0000-4000-8000-000000000002

-- What an archive has to hold.
set local role oscar;
select is(hypermind.archive_figures(:'month') - 'merkle_root',
          '{"runs": 3, "events": 11, "erasures": 0, "tables": {"runs": 3, "run_events": 11, "run_outcomes": 3, "run_artifacts": 1,
            "run_config_refs": 2}}', 'runs, events, rows of each table and erasures are counted');
reset role;
select hypermind.archive_figures(:'month') ->> 'merkle_root' as root \gset
select is(:'root', encode(hypermind_private.merkle_root(array(
              select sha256('\x00'::bytea || uuid_send(o.run_id) || int8send(o.last_seq) || o.last_hash)
              from hypermind.run_outcomes as o order by o.run_id)), 'hex'), 'and the root is over the runs by id and their last hashes');

-- Not yet, or never.
set local role oscar;
select pg_temp.refuses($$ select hypermind.archive_figures('2026-06-01') $$, 'MH030',
    '2026-06 cannot be archived yet: it is not over before 2026-07-01 00:00 UTC',
    '{"period": "2026-06-01", "reasons": [{"reason": "period_not_over", "run_id": null, "explanation": "it is not over before 2026-07-01 00:00 UTC"}]}',
    'a month that is not over');
select pg_temp.refuses($$ select hypermind.archive_figures('2026-05-01') $$, 'MH030', '2026-05 cannot be archived: it has no runs',
    '{"period": "2026-05-01", "reasons": [{"reason": "no_runs", "run_id": null, "explanation": "it has no runs"}]}', 'a month without runs');
select is(pg_temp.refusal(format('select hypermind.archive_figures(%s)', t.period)) ->> 'code', 'MH016', t.what)
from (values ('null', 'no month'), ('''2026-01-02''', 'a day that is not the first'), ('''infinity''', 'no end'),
             ('''-infinity''', 'nor beginning'), ('''1969-12-01''', 'a month before there were ids'),
             ('''10000-01-01''', 'and one after'), ('''4714-11-24 BC''', 'the first day of all'), ('''5874897-12-31''', 'and the last'))
    as t (period, what);
select hypermind.create_run(:'project_a', 'chat', p_run_id => (overlay(:'run_1'::text placing '000000000001' from 25))::uuid) as late_run \gset
select is(pg_temp.refusal(format('select hypermind.archive_figures(%L)', :'month')) #>> '{detail, reasons, 0, explanation}',
          format('run %s is queued', :'late_run'), 'a month with an open run, which is named');
select hypermind.transition_run(:'late_run', 'cancelled') as ignored \gset
select is(hypermind.archive_figures(:'month') ->> 'runs', '4', 'once it has ended, it counts');

-- What differs is refused, and leaves nothing.
create function pg_temp.records(p_archive_id uuid, p_change jsonb) returns jsonb language sql as $function$
    select pg_temp.refusal(format('select hypermind.record_archive(%L, %L, %L, %L)', p_archive_id, '2026-01-01', 's3://bucket/x',
                                  pg_temp.manifest('2026-01-01')::jsonb || p_change))
$function$;
select pg_temp.refuses(
    format('select hypermind.record_archive(%L, %L, ''s3://bucket/x'', %L)', :'archive_1', :'month',
           pg_temp.manifest(:'month')::jsonb || '{"runs": 3}'),
    'MH029', 'the archive of 2026-01 does not hold what is here: runs differs',
    jsonb_build_object('archive_id', :'archive_1', 'period', '2026-01-01', 'figure', 'runs', 'here', 4, 'manifest', 3), 'a run too few');
select is(pg_temp.records(:'archive_1', t.change) #>> '{detail, figure}', t.change_of, t.change_of || ' that differ')
from (values ('{"events": 12}'::jsonb, 'events'), ('{"erasures": 1}', 'erasures'), ('{"merkle_root": "00"}', 'merkle_root'),
             ('{"tables": {"runs": 4, "run_events": 13, "run_outcomes": 4, "run_artifacts": 1, "run_config_refs": 3}}', 'tables'),
             ('{"tables": null}', 'tables'), ('{"runs": "4"}', 'runs')) as t (change, change_of);
select is((pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''s3://bucket/x'', ''{}'')', :'archive_1', :'month')))
          #>> '{detail, figure}', 'erasures', 'a manifest that says nothing');
select is(pg_temp.refusal(format('select hypermind.record_archive(%s, %L, %s, %s)', t.id, :'month', t.location, t.manifest)) ->> 'code',
          t.code, t.what)
from (values ('null', '''x''', '''{}''', 'MH016', 'no id'), (format('%L', :'archive_1'), 'null', '''{}''', 'MH016', 'no location'),
             (format('%L', :'archive_1'), '''''', '''{}''', 'MH016', 'an empty one'),
             (format('%L', :'archive_1'), '''x''', 'null', 'MH016', 'no manifest'),
             (format('%L', :'archive_1'), '''x''', '''[]''', 'MH016', 'a manifest that is no object'),
             (format('%L', :'archive_1'), '''x''', '''{''', 'MH016', 'nor JSON'),
             (format('%L', :'archive_1'), '''x''', 'repeat(''['', 100000)', 'MH016', 'or JSON of too many levels')) as t (id, location, manifest, code, what);
select is(pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''x'', ''{'')', :'archive_1', :'month')) #>> '{detail, argument}',
          'p_manifest', 'it is the manifest as it was given that is no JSON');
select is(pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''x'', %L, %L)', :'archive_1', :'month',
                                 pg_temp.manifest(:'month'), :'unknown_run')) #>> '{detail, argument}',
          'p_supersedes', 'the first one supersedes none');
reset role;
select is((select count(*) from hypermind.archives), 0::bigint, 'nothing was recorded');

-- What fits is, once.
set local role oscar;
select pg_temp.manifest(:'month') as manifest \gset
select is(hypermind.record_archive(:'archive_1', :'month', 's3://bucket/x', :'manifest'), :'archive_1'::uuid, 'an archive that fits');
select is(hypermind.record_archive(:'archive_1', :'month', 's3://bucket/x', :'manifest'), :'archive_1'::uuid, 'a retry');
select is(pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''s3://bucket/y'', %L)', :'archive_1', :'month', :'manifest'))
          ->> 'code', 'MH005', 'the same id for another');
select results_eq(
    'select archive_id, period, location, runs, events, erasures, encode(merkle_root, ''hex''), supersedes, archived_by, archived_at, '
    'manifest, encode(manifest_sha256, ''hex'') from hypermind.archives',
    format('values (%L::uuid, %L::date, ''s3://bucket/x'', 4::bigint, 13::bigint, 0::bigint, %L, null::uuid, ''oscar'', '
           '''2026-06-01 00:00+00''::timestamptz, %L::jsonb, %L)', :'archive_1', :'month',
           hypermind.archive_figures(:'month') ->> 'merkle_root', :'manifest', encode(sha256(convert_to(:'manifest', 'UTF8')), 'hex')),
    'it says what, where, by whom, and with which hashes');
reset role;
select set_eq('select run_id, project_id, last_seq, last_hash from hypermind.archive_runs',
              'select run_id, project_id, last_seq, last_hash from hypermind.run_outcomes', 'and where the chain of each run ends');

-- The next takes its place.
set local role oscar;
select events as ignored from hypermind.erase_payload(:'run_1', 3, 'personal data') \gset
select is(pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''s3://bucket/y'', %L)', :'archive_2', :'month', :'manifest'))
          #>> '{detail, figure}', 'erasures', 'what was erased since is not to be in it');
select is(pg_temp.refusal(format('select hypermind.record_archive(%L, %L, ''s3://bucket/y'', %L, %L)', :'archive_2', :'month',
                                 pg_temp.manifest(:'month'), :'unknown_run')) ->> 'code', 'MH016', 'it cannot supersede what is not there');
select is(hypermind.record_archive(:'archive_2', :'month', 's3://bucket/y', pg_temp.manifest(:'month'), :'archive_1'), :'archive_2'::uuid,
          'the next archive of the month');
select is((select supersedes from hypermind.archives where archive_id = :'archive_2'), :'archive_1'::uuid, 'supersedes the one before');
select is(pg_temp.refusal(format('select hypermind.record_archive(gen_random_uuid(), %L, ''s3://bucket/z'', %L, %L)', :'month',
                                 pg_temp.manifest(:'month'), :'archive_1')) ->> 'code', 'MH016', 'which happens once');

-- Who sees them.
select is((select count(*) from hypermind.archives), 2::bigint, 'operators see archives');
set local role audrey;
select is((select count(*) from hypermind.archives), 2::bigint, 'so do auditors');
select is((select count(distinct project_id) from hypermind.archive_runs), 2::bigint, 'who see the runs of all projects in them');
set local role carol;
select is((select count(*) from hypermind.archives), 0::bigint, 'a reader sees none: a manifest counts the runs of all');
select set_eq('select run_id from hypermind.archive_runs', format('values (%L::uuid), (%L), (%L)', :'run_1', :'run_2', :'late_run'),
              'but which runs of the own project are in which');
set local role alice;
select is(pg_temp.refusal(format('select hypermind.record_archive(gen_random_uuid(), %L, ''x'', ''{}'')', :'month')) ->> 'code', '42501',
          'a writer records none');

select * from finish();
rollback;
