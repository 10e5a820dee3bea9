-- Verify hypermind:functions/holds_covering on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.holds_covering(uuid)', p_volatility => 's');

rollback;
