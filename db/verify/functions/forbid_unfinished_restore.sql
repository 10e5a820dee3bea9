-- Verify hypermind:functions/forbid_unfinished_restore on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.forbid_unfinished_restore()', p_volatility => 'v');

rollback;
