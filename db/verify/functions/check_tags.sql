-- Verify hypermind:functions/check_tags on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_tags(text[])', p_volatility => 'v');

rollback;
