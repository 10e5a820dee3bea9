-- What is kept and what goes, and what a digest has seen, is decided in READ COMMITTED only: an older snapshot misses holds.
\set ON_ERROR_STOP on
begin isolation level repeatable read;
\ir ../fixtures/one_run.psql
select plan(8);

set local role oscar;
select pg_temp.refuses(
    format('select hypermind.%s', t.call), 'MH016',
    'what is kept and what goes is decided in READ COMMITTED only, not in REPEATABLE READ',
    '{"argument": "transaction_isolation"}', split_part(t.call, '(', 1))
from (values
    ('attach_period(''2026-01-01'')'), ('detach_period(''2026-01-01'')'), ('drop_period(''2026-01-01'')'),
    ('record_archive(gen_random_uuid(), ''2026-01-01'', ''s3://bucket'', ''{}'')'),
    (format('restore_rows(%L, ''runs'', ''[]'')', :'unknown_run')), (format('erase_run(%L, ''x'')', :'run_id')),
    (format('erase_payload(%L, 1, ''x'')', :'run_id'))
) as t (call);
select pg_temp.refuses(
    'select hypermind.issue_digest()', 'MH016', 'a digest sees everything only in READ COMMITTED, not in REPEATABLE READ',
    '{"argument": "transaction_isolation"}', 'issue_digest');

select * from finish();
rollback;
