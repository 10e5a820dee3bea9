-- Verify hypermind:functions/restorable_archive on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.restorable_archive(uuid)', p_volatility => 'v');

rollback;
