-- Verify hypermind:functions/health on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.health()',
    p_callers => '{hypermind_operator}', p_volatility => 'v');

-- Division by zero unless monitoring tools may call it.
select 1 / has_function_privilege('pg_monitor', 'hypermind.health()', 'execute')::integer;

rollback;
