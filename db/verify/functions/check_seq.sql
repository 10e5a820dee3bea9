-- Verify hypermind:functions/check_seq on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_seq(uuid, bigint, bigint, bigint)', p_volatility => 'v');

rollback;
