-- Verify hypermind:functions/refuse_kept on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_kept(date)', p_volatility => 'v');

rollback;
