-- Verify hypermind:tables/maintenance_steps on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_table(
    'hypermind.maintenance_steps', 'step, tried_at, ran_at, done, failed, remaining, note, ran_by');

rollback;
