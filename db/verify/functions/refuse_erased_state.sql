-- Verify hypermind:functions/refuse_erased_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_erased_state(uuid, bigint)', p_volatility => 'v');

rollback;
