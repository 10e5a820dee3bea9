-- Verify hypermind:functions/readable_state on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.readable_state(uuid, bigint)', p_volatility => 's');

rollback;
