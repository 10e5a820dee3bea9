-- hypermind.replay_events(): what was recorded, in order.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(17);
set local role carol;

select results_eq(
    format('select * from hypermind.replay_events(%L)', :'run_id'),
    format('select * from hypermind.run_events where run_id = %L order by seq', :'run_id'),
    'all events, every column as it is stored');
select is((select array_agg(seq) from hypermind.replay_events(:'run_id')), '{1,2,3,4,5,6,7}', 'in order');
select is((select array_agg(seq) from hypermind.replay_events(:'run_id', t.first, t.last)), t.seqs::bigint[],
          format('from %s to %s', coalesce(t.first::text, 'null'), coalesce(t.last::text, 'null')))
from (values (3, 5, '{3,4,5}'), (7, 7, '{7}'), (5, null, '{5,6,7}'), (null, 2, '{1,2}'),
      (null, null, '{1,2,3,4,5,6,7}'), (-5, 2, '{1,2}'), (5, 3, null), (8, null, null)) as t (first, last, seqs);
select pg_temp.refuses(format('select hypermind.replay_events(%L, 1, %s)', :'run_id', t.seq), 'MH012',
                       format('seq %s is out of range: run %s has 1 to 7', t.seq, :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'seq', t.seq, 'first_seq', 1, 'last_seq', 7),
                       format('there is no event %s to end with', t.seq))
from unnest('{0, 8, -1}'::integer[]) as t (seq);
select pg_temp.refuses(format('select hypermind.replay_events(%L)', t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
set local role audrey;
select is((select count(*) from hypermind.replay_events(:'run_id')), 7::bigint, 'an auditor reads them');
set local role bob;
prepare foreign_run as select hypermind.replay_events(:'run_id', 1, 99);
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'a run of another project looks like an unknown one');

select * from finish();
rollback;
