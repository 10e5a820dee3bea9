-- Verify hypermind:functions/transition_is_legal on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.transition_is_legal(text, text)', p_volatility => 'i');

rollback;
