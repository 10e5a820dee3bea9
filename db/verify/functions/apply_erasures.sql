-- Verify hypermind:functions/apply_erasures on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.apply_erasures(uuid)', p_volatility => 'v');

rollback;
