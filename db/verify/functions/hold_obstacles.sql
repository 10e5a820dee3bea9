-- Verify hypermind:functions/hold_obstacles on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.hold_obstacles(date)', p_volatility => 's');

rollback;
