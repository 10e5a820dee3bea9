-- Verify hypermind:functions/lost_delta on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.lost_delta(uuid, bigint, bigint)', p_volatility => 's');

rollback;
