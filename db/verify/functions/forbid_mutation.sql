-- Verify hypermind:functions/forbid_mutation on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.forbid_mutation()', p_volatility => 'v');

rollback;
