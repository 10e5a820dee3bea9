-- Verify hypermind:functions/record_archive_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.record_archive_runs(uuid, date, uuid)', p_volatility => 'v');

rollback;
