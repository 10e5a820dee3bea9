-- Verify hypermind:functions/has_content on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.has_content(uuid)', p_volatility => 's');

rollback;
