-- Verify hypermind:functions/erased_from on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.erased_from(uuid, bigint)', p_volatility => 's');

rollback;
