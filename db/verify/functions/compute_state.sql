-- Verify hypermind:functions/compute_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.compute_state(uuid, bigint)', p_volatility => 's');

rollback;
