-- Verify hypermind:functions/end_expired_run on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.end_expired_run(uuid, timestamp with time zone)',
    p_volatility => 'v');

rollback;
