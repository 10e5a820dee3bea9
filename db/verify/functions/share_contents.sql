-- Verify hypermind:functions/share_contents on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.share_contents(uuid)', p_volatility => 'v');

rollback;
