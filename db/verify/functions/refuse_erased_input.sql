-- Verify hypermind:functions/refuse_erased_input on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_erased_input(hypermind.runs)', p_volatility => 'v');

rollback;
