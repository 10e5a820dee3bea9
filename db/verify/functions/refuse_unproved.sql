-- Verify hypermind:functions/refuse_unproved on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_unproved(hypermind.archives, uuid)', p_volatility => 'v');

rollback;
