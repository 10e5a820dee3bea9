-- Verify hypermind:functions/assert_guarded on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.assert_guarded(regclass)', p_volatility => 's');

rollback;
