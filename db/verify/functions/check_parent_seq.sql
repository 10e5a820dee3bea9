-- Verify hypermind:functions/check_parent_seq on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_parent_seq(bigint, bigint)', p_volatility => 'v');

rollback;
