-- Verify hypermind:functions/readable_seq on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.readable_seq(uuid, bigint, bigint)', p_volatility => 's');

rollback;
