-- Verify hypermind:functions/members_predicate on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.members_predicate(text, text, text)', p_volatility => 'i');

rollback;
