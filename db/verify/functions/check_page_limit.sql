-- Verify hypermind:functions/check_page_limit on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_page_limit(integer)', p_volatility => 's');

rollback;
