-- hypermind.claim_run(): one worker at a time, by a clock that the test moves.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(44);

-- Claims with the clock at p_at, as p_who, and tells the epoch or the refusal.
create function pg_temp.claim(p_at timestamptz, p_who text, p_arguments text) returns jsonb
    language plpgsql as $function$
declare
    v_outcome jsonb;
begin
    perform pg_temp.set_clock(p_at);
    perform set_config('role', p_who, true);
    begin
        execute format('select to_jsonb(hypermind.claim_run(%s))', p_arguments) into v_outcome;
    exception when others then
        perform set_config('role', p_who, true);
        v_outcome := pg_temp.refusal(format('select hypermind.claim_run(%s)', p_arguments)) - 'hint';
    end;
    perform set_config('role', 'none', true);
    return v_outcome;
end
$function$;
create function pg_temp.head(p_run_id uuid) returns text language sql as $function$
    select concat_ws(' ', epoch, coalesce(claimed_by, '-'), to_char(claim_expires_at at time zone 'UTC', 'HH24:MI:SS'),
                     last_seq)
    from hypermind.run_heads where run_id = p_run_id
$function$;
select is(pg_temp.head(:'run_id'), '0 - 2', 'a new run is at epoch 0, claimed by nobody');

select is(pg_temp.claim('2030-01-01 10:00:00+00', 'alice', format('%L, ''w1''', :'run_id')), '1',
          'a claim makes epoch 1');
select is(pg_temp.head(:'run_id'), '1 w1 10:01:00 2', 'for a minute, and without an event');
select is(pg_temp.claim('2030-01-01 10:00:30+00', 'alice', format('%L, ''w2''', :'run_id')),
          jsonb_build_object('code', 'MH010', 'message', format('run %s is claimed by w1 until 2030-01-01T10:01:00Z',
                                                                :'run_id'),
                             'detail', jsonb_build_object('run_id', :'run_id', 'claimed_by', 'w1', 'claim_expires_at',
                                                          '2030-01-01T10:01:00+00:00', 'epoch', 1)),
          'another worker is refused');
select is(pg_temp.claim('2030-01-01 10:00:30+00', 'alice', format('%L, ''w2'', ''1 minute'', 1',
                                                                  :'run_id')) ->> 'code', 'MH010',
                                                                  'even with the right epoch');
select is(pg_temp.claim('2030-01-01 10:00:59.999999+00', 'alice', format('%L, ''w2''', :'run_id')) ->> 'code', 'MH010',
          'to the last microsecond');
select is(pg_temp.head(:'run_id'), '1 w1 10:01:00 2', 'a refused claim changes nothing');

-- Renewals.
select is(pg_temp.claim('2030-01-01 10:00:45+00', 'alice', format('%L, ''w1'', ''2 minutes'', 1', :'run_id')), '1',
          'a renewal keeps the epoch');
select is(pg_temp.head(:'run_id'), '1 w1 10:02:45 2', 'and moves the end');
select is(pg_temp.claim('2030-01-01 10:00:50+00', 'alice', format('%L, ''w1''', :'run_id')), '2',
          'a restarted worker of the same name is a new claim');
select is(pg_temp.claim('2030-01-01 10:00:55+00', 'alice', format('%L, ''w1'', ''1 minute'', 1', :'run_id')),
          jsonb_build_object('code', 'MH009', 'message', format('epoch 1 of run %s is over: the run is at epoch 2',
                                                                :'run_id'),
                             'detail', jsonb_build_object('run_id', :'run_id', 'epoch', 1, 'current_epoch', 2,
                                                          'claimed_by', 'w1')),
          'so that the one before it has lost its own');

-- Expiry.
select is(pg_temp.claim('2030-01-01 10:01:50+00', 'alice', format('%L, ''w1'', ''1 minute'', 2', :'run_id')), '2',
          'an expired claim that nobody took can be renewed');
select is(pg_temp.claim('2030-01-01 10:02:50+00', 'alice', format('%L, ''w2''', :'run_id')), '3',
          'another worker takes it the moment it expires');
select is(pg_temp.head(:'run_id'), '3 w2 10:03:50 2', 'and holds it');
select is(pg_temp.claim('2030-01-01 10:03:00+00', 'alice', format('%L, ''w1'', ''1 minute'', 2',
                                                                  :'run_id')) ->> 'code', 'MH009',
                                                                  'the first one hears of it when it renews');
select is(pg_temp.claim('2030-01-01 10:05:00+00', 'alice', format('%L, ''w3'', ''1 minute'', 3', :'run_id')), '4',
          'whoever names the last epoch of another''s expired claim gets a new one');
set local role alice;
prepare stale_worker as select hypermind.append_event(:'run_id', 'message.added', p_epoch => 3);
select pg_temp.refuses('stale_worker', 'MH009', format('epoch 3 of run %s is over: the run is at epoch 4', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'epoch', 3, 'current_epoch', 4, 'claimed_by', 'w3'),
                       'a worker that was thought dead cannot write');
prepare stale_end as select hypermind.transition_run(:'run_id', 'completed', p_epoch => 3);
select pg_temp.refuses('stale_end', 'MH009', format('epoch 3 of run %s is over: the run is at epoch 4', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'epoch', 3, 'current_epoch', 4, 'claimed_by', 'w3'),
                       'nor end the run');
select is(hypermind.append_event(:'run_id', 'message.added', p_epoch => 4), 3::bigint,
          'who holds the claim does, expired or not');
reset role;

-- A claim is given back by who holds it, and by nobody else.
savepoint held;
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'alice', format('%L, ''w3'', ''0'', 4', :'run_id')), '4', 'a claim is given back');
select is(pg_temp.head(:'run_id'), '4 - 3', 'and is nobody''s');
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'alice', format('%L, ''w3'', ''0'', 4', :'run_id')), '4', 'once more does no harm');
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'alice', format('%L, ''w4''', :'run_id')), '5', 'the next one takes it at once');
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'alice', format('%L, ''w3'', ''0'', 4', :'run_id')) ->> 'code', 'MH009',
          'too late to give it back');
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'alice', format('%L, ''w3'', ''0'', 5', :'run_id')) ->> 'code', 'MH010',
          'nor is another''s');
select is(pg_temp.claim('2030-01-01 10:05:10+00', 'bob', format('%L, ''w4'', ''0'', 5', :'run_id')) ->> 'code', 'MH001',
          'nor one of another project');
select is(pg_temp.head(:'run_id'), '5 w4 10:06:10 3', 'whose it stays');
rollback to held;

-- Arguments.
select is(pg_temp.claim('2030-01-01 11:00:00+00', 'alice', format('%L, ''w1'', %s', :'run_id', t.ttl)),
          jsonb_build_object('code', 'MH016', 'message', format('p_ttl is %s: it must be from one second to 7 days',
                                                                t.shown), 'detail', '{"argument": "p_ttl"}'::jsonb),
          format('a claim for %s is refused', t.shown))
from (values ('null', 'null'), ('''0''', '00:00:00'), ('''-1 minute''', '-00:01:00'), ('''999 ms''', '00:00:00.999'),
      ('''7 days 1 second''', '7 days 00:00:01'), ('''1 month''', '1 mon'))
    as t (ttl, shown);
select is(pg_temp.claim('2030-01-01 11:00:00+00', 'alice', format('%L, ''w1'', %L', :'run_id', t.ttl)),
          to_jsonb(t.epoch), format('a claim for %s is not', t.ttl))
from (values ('1 second', 5), ('7 days', 6)) as t (ttl, epoch);
select is(pg_temp.claim('2030-01-01 11:00:00+00', 'alice', format('%L, %s', :'run_id', t.name)),
          jsonb_build_object('code', 'MH016', 'message', t.message, 'detail', '{"argument": "p_claimed_by"}'::jsonb),
          t.what)
from (values ('null', 'p_claimed_by is null: it must have 1 to 200 characters', 'a claim is somebody''s'),
             ('''''', 'p_claimed_by has 0 characters: it must have 1 to 200 characters', 'with a name'),
             ('repeat(''w'', 201)', 'p_claimed_by has 201 characters: it must have 1 to 200 characters',
              'not a long one')) as t (name, message, what);
select is(pg_temp.claim('2030-01-01 11:00:00+00', t.who, format('%L, ''w1''', t.run_id)),
          jsonb_build_object('code', 'MH001', 'message', format('run %s does not exist', coalesce(t.run_id, 'null')),
                             'detail', jsonb_build_object('run_id', t.run_id)), t.what)
from (values ('alice', :'unknown_run', 'an unknown run is refused'), ('alice', null, 'and none at all'),
      ('bob', :'run_id', 'one of another project in the same words'))
    as t (who, run_id, what);
select is(pg_temp.head(:'run_id'), '6 w1 11:00:00 3', 'nothing of that changed the claim');

-- The end of a run is the end of its claim.
set local role alice;
select hypermind.transition_run(:'run_id', 'failed') as ignored \gset
prepare closed as select hypermind.claim_run(:'run_id', 'w1', p_epoch => 6);
select pg_temp.refuses('closed', 'MH002', format('run %s is failed: nothing can be added to it', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'failed'), 'what has ended cannot be claimed');
select is(valid, true, 'the chain holds') from hypermind.verify_run(:'run_id');

select * from finish();
rollback;
