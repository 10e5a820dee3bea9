-- hypermind.attach_artifact(): pointers to files, each vouched for by an event.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(42);
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset
set local role alice;
\set id 11111111-1111-4111-8111-111111111111

prepare everything as
    select hypermind.attach_artifact(:'run_id', 'report', 's3://bucket/ü 1.csv', sha256('1'), 9007199254740993,
                                     'text/csv', 2, :'id', '{"rows": 1.50}', 0);
select results_eq('everything', format('values (%L::uuid)', :'id'), 'an artifact gets the id that it was given');
select results_eq(
    format('select seq, kind, uri, sha256, size_bytes, media_type, metadata, created_at, project_id, salt is not null '
           'from hypermind.run_artifacts where run_id = %L', :'run_id'),
    format($$ values (3::bigint, 'report', 's3://bucket/ü 1.csv', sha256('1'), 9007199254740993, 'text/csv',
                      '{"rows": 1.50}'::jsonb,
                      '2040-01-02 03:04:05.678+00'::timestamptz, %L::uuid, true) $$, :'project_a'),
    'it is stored with the event''s seq');
select results_eq(
    format('select event_type, payload, parent_seq, recorded_at, length(subject_hash) from hypermind.run_events where '
           'run_id = %L and seq = 3', :'run_id'),
    format($$ values ('artifact.attached', jsonb_build_object('artifact_id', %L, 'kind', 'report', 'media_type',
                                                              'text/csv', 'size_bytes', 9007199254740993,
                      'sha256', '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b'), 2::bigint,
                      '2040-01-02 03:04:05.678+00'::timestamptz, 32) $$, :'id'),
    'the event says what was attached, without the uri, and vouches for the row');
select hypermind.attach_artifact(:'run_id', 'file', 'file:///x', sha256(''), 0) as plain \gset
select results_eq(
    format('select seq, media_type, metadata, size_bytes from hypermind.run_artifacts where run_id = %L and '
           'artifact_id = %L', :'run_id', :'plain'),
    $$ values (4::bigint, 'application/octet-stream', '{}'::jsonb, 0::bigint) $$, 'what is left out has its default');

-- Retries.
select results_eq('everything', format('values (%L::uuid)', :'id'), 'the same call again returns the same id');
select hypermind.claim_run(:'run_id', 'worker 1') as ignored \gset
select results_eq('everything', format('values (%L::uuid)', :'id'), 'even when its epoch is over');
select pg_temp.refuses(format('select hypermind.attach_artifact(%L, %s)', :'run_id',
                              replace(t.arguments, 'ID', quote_literal(:'id'))), 'MH005',
                       format('artifact %s of run %s was attached before, with other content', :'id', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'artifact_id', :'id', 'seq', 3),
                       format('the same id with another %s is refused', t.what))
from (values
    ('kind',       '''file'',   ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740993, ''text/csv'', 2, ID, '
                   '''{"rows": 1.5}'''),
    ('uri',        '''report'', ''s3://bucket/ü 2.csv'', sha256(''1''), 9007199254740993, ''text/csv'', 2, ID, '
                   '''{"rows": 1.5}'''),
    ('sha256',     '''report'', ''s3://bucket/ü 1.csv'', sha256(''2''), 9007199254740993, ''text/csv'', 2, ID, '
                   '''{"rows": 1.5}'''),
    ('size',       '''report'', ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740992, ''text/csv'', 2, ID, '
                   '''{"rows": 1.5}'''),
    ('media type', '''report'', ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740993, ''text/tsv'', 2, ID, '
                   '''{"rows": 1.5}'''),
    ('parent_seq', '''report'', ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740993, ''text/csv'', 1, ID, '
                   '''{"rows": 1.5}'''),
    ('no parent',  '''report'', ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740993, ''text/csv'', null, ID, '
                   '''{"rows": 1.5}'''),
    ('metadata',   '''report'', ''s3://bucket/ü 1.csv'', sha256(''1''), 9007199254740993, ''text/csv'', 2, ID, '
                   '''{"rows": 2}''')
) as t (what, arguments);
select hypermind.create_run(:'project_a', 'chat') as other_run \gset
select is(hypermind.attach_artifact(:'other_run', 'file', 'file:///x', sha256(''), 0, p_artifact_id => :'id'),
          :'id'::uuid, 'another run may use the same id');

-- What cannot be attached.
select pg_temp.refuses(format('select hypermind.attach_artifact(%L, %s)', :'run_id', t.arguments), t.code, t.message,
                       t.detail, t.what)
from (values
    ('null, ''file:///x'', sha256(''1''), 1',                       'MH016',
     'p_kind is null: it must have 1 to 100 characters',            '{"argument": "p_kind"}'::jsonb,
     'a kind is needed'),
    ('repeat(''k'', 101), ''file:///x'', sha256(''1''), 1',         'MH016',
     'p_kind has 101 characters: it must have 1 to 100 characters', '{"argument": "p_kind"}', 'not a long one'),
    ('''file'', null, sha256(''1''), 1',                            'MH016',
     'p_uri is null: it must have 1 to 2000 characters',            '{"argument": "p_uri"}', 'a uri is needed'),
    ('''file'', repeat(''u'', 2001), sha256(''1''), 1',             'MH016',
     'p_uri has 2001 characters: it must have 1 to 2000 characters', '{"argument": "p_uri"}', 'not a long one, either'),
    ('''file'', ''file:///x'', null, 1',                            'MH016',
     'p_sha256 must be the 32 bytes of the file''s SHA-256',         '{"argument": "p_sha256"}', 'a hash is needed'),
    ('''file'', ''file:///x'', ''\x00'', 1',                        'MH016',
     'p_sha256 must be the 32 bytes of the file''s SHA-256',         '{"argument": "p_sha256"}', 'of 32 bytes'),
    ('''file'', ''file:///x'', sha256(''1'') || ''\x00'', 1',       'MH016',
     'p_sha256 must be the 32 bytes of the file''s SHA-256',         '{"argument": "p_sha256"}', 'not 33'),
    ('''file'', ''file:///x'', sha256(''1''), null',                'MH016',
     'p_size_bytes must be the size of the file in bytes',          '{"argument": "p_size_bytes"}', 'a size is needed'),
    ('''file'', ''file:///x'', sha256(''1''), -1',                  'MH016',
     'p_size_bytes must be the size of the file in bytes',          '{"argument": "p_size_bytes"}', 'and not negative'),
    ('''file'', ''file:///x'', sha256(''1''), 1, null',             'MH016',
     'p_media_type is null: it must have 1 to 200 characters',      '{"argument": "p_media_type"}',
     'a media type is needed'),
    ('''file'', ''file:///x'', sha256(''1''), 1, ''''',             'MH016',
     'p_media_type has 0 characters: it must have 1 to 200 characters', '{"argument": "p_media_type"}',
     'not an empty one'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_metadata => null', 'MH016',
     'metadata must be a JSON object, not NULL',                  '{"argument": "metadata"}',
     'metadata cannot be null'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_metadata => ''[]''', 'MH016',
     'metadata must be a JSON object, not array',               '{"argument": "metadata"}', 'nor an array'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_metadata => ''{"n": 1e400}''', 'MH017',
     'metadata is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
     '{"argument": "metadata", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}',
     'nor beyond the limits'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_parent_seq => 5', 'MH012',
     format('seq 5 is out of range: run %s has 1 to 4', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', 5, 'first_seq', 1, 'last_seq', 4),
     'it cannot be made by a step that is not there'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_parent_seq => 0, p_artifact_id => '
     '''22222222-2222-4222-8222-222222222222''', 'MH012',
     format('seq 0 is out of range: run %s has 1 to 4', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', 0, 'first_seq', 1, 'last_seq', 4), 'nor by step 0'),
    ('''file'', ''file:///x'', sha256(''1''), 1, p_epoch => 0', 'MH009',
     format('epoch 0 of run %s is over: the run is at epoch 1', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'epoch', 0, 'current_epoch', 1, 'claimed_by', 'worker 1'),
     'nor by a worker that lost its claim')
) as t (arguments, code, message, detail, what);
select pg_temp.refuses(format('select hypermind.attach_artifact(%L, ''file'', ''file:///x'', sha256(''1''), 1, '
                              'p_artifact_id => %L)', t.run_id, :'id'), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
set local role bob;
prepare foreign_run as select hypermind.attach_artifact(:'run_id', 'file', 'file:///x', sha256('1'), 1,
                                                        p_artifact_id => :'id');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'one of another project in the same words');
prepare foreign_step as select hypermind.attach_artifact(:'run_id', 'file', 'file:///x', sha256('1'), 1, p_parent_seq => 99);
select pg_temp.refuses('foreign_step', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'and how many events it has is not told');
set local role alice;
select is(pg_temp.position_of(:'run_id'), 'running 4 4', 'nothing of that left a trace');
select is(hypermind.attach_artifact(:'run_id', repeat('k', 100), repeat('u', 2000), sha256(''), 0, repeat('m', 200),
                                    p_epoch => 1) is not null, true, 'words may be as long as they may');

-- After the end.
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
prepare closed as select hypermind.attach_artifact(:'run_id', 'file', 'file:///x', sha256('1'), 1);
select pg_temp.refuses('closed', 'MH002', format('run %s is completed: nothing can be added to it', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'completed'),
                       'a closed run takes no artifact');
select results_eq('everything', format('values (%L::uuid)', :'id'), 'but a retry from before still succeeds');
select is((select count(*) from hypermind.run_artifacts where run_id = :'run_id'), 3::bigint, 'three were attached');
select is(valid, true, 'and fit their events') from hypermind.verify_run(:'run_id');

select * from finish();
rollback;
