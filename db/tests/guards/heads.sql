-- What a head must be holds for whoever changes one, the owner included: its status is an open one, and a claim has an end.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(9);

reset role;
set local role hypermind_owner;

select is(pg_temp.refusal(format('update hypermind.run_heads set %s where run_id = %L', t.change, :'run_id')) ->> 'code', t.code, t.name)
from (values
    ('a status of a closed run', 'status = ''completed''', 'MH004'),
    ('no status at all', 'status = ''x''', 'MH004'),
    ('a claim without an end', 'claimed_by = ''worker''', 'MH004'),
    ('an end without a claim', 'claim_expires_at = now()', 'MH004'),
    ('an open status', 'status = ''paused''', null),
    ('a claim with its end', 'claimed_by = ''worker'', claim_expires_at = now()', null),
    ('neither', 'claimed_by = null, claim_expires_at = null', null)) as t (name, change, code);

select is(
    pg_temp.refusal(format(
        'insert into hypermind.run_heads (run_id, project_id, project_role, status, last_seq, last_hash, last_recorded_at) '
        'select gen_random_uuid(), project_id, project_role, %L, 0, ''\x00'', now() from hypermind.run_heads', t.status)) ->> 'code',
    t.code, format('a new head that is %s', t.status))
from (values ('failed', 'MH004'), ('queued', null)) as t (status, code);

select * from finish();
rollback;
