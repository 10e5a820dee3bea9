-- Verify hypermind:functions/obstacles on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.obstacles(date)', p_volatility => 'v');

rollback;
