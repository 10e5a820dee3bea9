-- Verify hypermind:functions/end_expired_runs on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.end_expired_runs(integer, interval)',
    p_volatility => 'v');

rollback;
