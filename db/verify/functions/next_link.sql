-- Verify hypermind:functions/next_link on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.next_link(bytea, bytea, bytea)', p_volatility => 'i');

rollback;
