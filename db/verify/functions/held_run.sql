-- Verify hypermind:functions/held_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.held_run(uuid, uuid)', p_volatility => 's');

rollback;
