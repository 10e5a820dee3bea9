-- Verify hypermind:functions/event_type_is_formed on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.event_type_is_formed(text)', p_volatility => 'i');

rollback;
