-- Verify hypermind:functions/current_archive on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.current_archive(date)', p_volatility => 's');

rollback;
