-- Verify hypermind:functions/run_maintenance_step on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.run_maintenance_step(text, integer, interval)',
    p_volatility => 'v');

rollback;
