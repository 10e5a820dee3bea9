-- Verify hypermind:functions/refuse_if_retired on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_if_retired(uuid, uuid)', p_volatility => 'v');

rollback;
