-- hypermind.request_cancel(): asks the worker to stop, and changes no status.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(23);
set local role alice;

select is((select cancel_requested_seq from hypermind.run_heads where run_id = :'run_id'), null,
          'nobody has asked yet');
select is(hypermind.request_cancel(:'run_id', 'too slow'), 3::bigint, 'a request returns the seq of its event');
select results_eq(
    format('select event_type, payload, parent_seq from hypermind.run_events where run_id = %L and seq = 3', :'run_id'),
    $$ values ('run.cancel_requested', '{"reason": "too slow", "requested_by": "alice"}'::jsonb, null::bigint) $$,
    'which says who asked, and why');
select results_eq(
    format('select status, cancel_requested_seq, last_seq from hypermind.run_heads where run_id = %L', :'run_id'),
    $$ values ('running', 3::bigint, 3::bigint) $$, 'the worker sees it in the head; the run goes on');
select is(hypermind.append_event(:'run_id', 'message.added'), 4::bigint, 'and takes events');
select is(hypermind.request_cancel(:'run_id', 'really'), 3::bigint, 'asked again, it is the first request');
select is(hypermind.request_cancel(:'run_id'), 3::bigint, 'whatever the reason');
select is(pg_temp.position_of(:'run_id'), 'running 4 4', 'and nothing is added');
select is(hypermind.transition_run(:'run_id', 'paused'), 5::bigint, 'a request outlives');
select is(hypermind.transition_run(:'run_id', 'running'), 6::bigint, 'a pause');
select is((select cancel_requested_seq from hypermind.run_heads where run_id = :'run_id'), 3::bigint,
          'it is still there');

select hypermind.create_run(:'project_a', 'chat') as queued \gset
select is(hypermind.request_cancel(:'queued'), 2::bigint, 'a queued run can be asked, too');
select is((select payload from hypermind.run_events where run_id = :'queued' and seq = 2), '{"requested_by": "alice"}',
          'a reason is not needed');
select is((select cancel_requested_seq from hypermind.run_heads where run_id = :'run_id'), 3::bigint,
          'and of others nothing else is asked');
select hypermind.create_run(:'project_a', 'chat') as long_reason \gset
select is(hypermind.request_cancel(:'long_reason', repeat('é', 2000)), 2::bigint, 'it may have 2000 characters');

select pg_temp.refuses(format('select hypermind.request_cancel(%L, %s)', t.run_id, t.reason), t.code, t.message,
                       t.detail, t.what)
from (values
    (:'run_id',      '''''',              'MH016', 'p_reason has 0 characters: it must have 1 to 2000 characters',
     '{"argument": "p_reason"}'::jsonb, 'an empty reason is none'),
    (:'run_id',      'repeat(''r'', 2001)', 'MH016', 'p_reason has 2001 characters: it must have 1 to 2000 characters',
     '{"argument": "p_reason"}', 'a long one is refused'),
    (:'unknown_run', 'null',              'MH001', format('run %s does not exist', :'unknown_run'),
     jsonb_build_object('run_id', :'unknown_run'), 'an unknown run is refused'),
    (null,           'null',              'MH001', 'run null does not exist', '{"run_id": null}', 'and none at all')
) as t (run_id, reason, code, message, detail, what);
set local role bob;
prepare foreign_run as select hypermind.request_cancel(:'run_id');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'one of another project in the same words');
set local role alice;
select hypermind.transition_run(:'run_id', 'cancelled') as ignored \gset
prepare closed as select hypermind.request_cancel(:'run_id');
select pg_temp.refuses('closed', 'MH002', format('run %s is cancelled: nothing can be added to it', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'cancelled'),
                       'what has ended cannot be cancelled');
select is(pg_temp.position_of(:'run_id'), 'cancelled 7 7', 'and nothing was added');
select is(valid, true, 'the chain holds') from hypermind.verify_run(:'run_id');

select * from finish();
rollback;
