-- Verify hypermind:functions/erasure_copies on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erasure_copies(uuid, bigint, bigint, boolean)', p_volatility => 's');

rollback;
