-- Verify hypermind:functions/ledger_health on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.ledger_health()',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

-- Division by zero unless monitoring tools may call it.
select 1 / has_function_privilege('pg_monitor', 'hypermind.ledger_health()', 'execute')::integer;

rollback;
