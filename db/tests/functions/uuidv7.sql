-- uuidv7_floor(), uuidv7_time(), new_run_id(): ids that carry their time (RFC 9562).
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(24);

-- The example of RFC 9562, appendix A.6: 2022-02-22 14:22:22.00 GMT-05:00.
select is(hypermind.uuidv7_time('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), '2022-02-22 14:22:22-05'::timestamptz,
          'the example of RFC 9562 has the time that the RFC says');
select is(hypermind.uuidv7_floor('2022-02-22 14:22:22-05'), '017f22e2-79b0-0000-0000-000000000000'::uuid,
          'and that time is the beginning of its id');

-- Milliseconds: what is finer is cut off, never rounded up.
select is(hypermind.uuidv7_floor(t.at), t.floor::uuid, format('the floor of %s', t.what))
from (values
    ('the epoch',              '1970-01-01 00:00:00+00'::timestamptz,      '00000000-0000-0000-0000-000000000000'),
    ('one millisecond later',  '1970-01-01 00:00:00.001+00',               '00000000-0001-0000-0000-000000000000'),
    ('the microsecond before', '1970-01-01 00:00:00.000999+00',            '00000000-0000-0000-0000-000000000000'),
    ('a time before 1970',     '1969-12-31 23:59:59.999+00',               '00000000-0000-0000-0000-000000000000'),
    ('the year 4713 BC',       '4713-01-01 00:00:00+00 BC',                '00000000-0000-0000-0000-000000000000'),
    ('the end of 9999',        '9999-12-31 23:59:59.999+00',               'e677d21f-dbff-0000-0000-000000000000'),
    ('the last millisecond',   '10889-08-02 05:31:50.655+00',              'ffffffff-ffff-0000-0000-000000000000'),
    ('the millisecond after',  '10889-08-02 05:31:50.656+00',              'ffffffff-ffff-0000-0000-000000000000'),
    ('the last timestamp',     '294276-12-31 23:59:59+00',                 'ffffffff-ffff-0000-0000-000000000000'),
    ('infinity',               'infinity',                                 'ffffffff-ffff-0000-0000-000000000000'),
    ('minus infinity',         '-infinity',                                '00000000-0000-0000-0000-000000000000')
) as t (what, at, floor);
select is(hypermind.uuidv7_time(t.id::uuid), t.at, format('the time of %s', t.id))
from (values
    ('00000000-0000-7000-8000-000000000000', '1970-01-01 00:00:00+00'::timestamptz),
    ('00000000-0001-7fff-bfff-ffffffffffff', '1970-01-01 00:00:00.001+00'),
    ('e677d21f-dbff-7000-8000-000000000000', '9999-12-31 23:59:59.999+00')
) as t (id, at);
select is(hypermind.uuidv7_floor(null), null, 'no time, no id');
select is(hypermind.uuidv7_time(null), null, 'no id, no time');

-- There and back, to the millisecond, and in the order of time.
select is(
    (select count(*) from generate_series(1, 5000) as n
     where hypermind.uuidv7_time(hypermind.uuidv7_floor('2026-01-01 00:00:00+00'::timestamptz + n * interval '7 hours '
         '1.237 seconds'))
           <> '2026-01-01 00:00:00+00'::timestamptz + n * interval '7 hours 1.237 seconds'),
    0::bigint, 'a time in milliseconds comes back from its id');
select is(
    (select count(*) from (
        select hypermind.uuidv7_floor(t.at) <= lag(hypermind.uuidv7_floor(t.at)) over (order by t.at) as fell
        from generate_series('2026-11-01 00:00:00+00'::timestamptz, '2026-11-01 00:00:03+00', '1 millisecond')
        as t (at)) as o
     where o.fell),
    0::bigint, 'a later millisecond has a larger id');
set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
select is(hypermind.uuidv7_floor('2022-02-22 14:22:22-05'), '017f22e2-79b0-0000-0000-000000000000'::uuid,
          'whatever the session''s time zone');
reset timezone;
reset datestyle;

-- new_run_id().
select pg_temp.set_clock('2026-11-05 06:07:08.9+00') as ignored \gset
set local role alice;
create temp table ids as select hypermind.new_run_id() as id from generate_series(1, 1000);
select is((select count(distinct id) from ids), 1000::bigint, 'new run ids of one millisecond differ');
select is_empty($$ select id from ids
                where id::text !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' $$,
                'they have the version and variant of a UUIDv7');
select is((select array_agg(distinct hypermind.uuidv7_time(id)) from ids),
          array['2026-11-05 06:07:08.9+00'::timestamptz],
          'they have the time of the clock');

select * from finish();
rollback;
