-- Verify hypermind:functions/transition_event on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.transition_event(text, text)', p_volatility => 'i');

rollback;
