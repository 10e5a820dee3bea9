-- Verify hypermind:functions/due_obstacles on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.due_obstacles(date)', p_volatility => 'v');

rollback;
