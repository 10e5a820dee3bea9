-- Verify hypermind:functions/unfit_event on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.unfit_event(uuid)', p_volatility => 's');

rollback;
