-- Verify hypermind:functions/check_time_range on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_time_range(timestamptz, timestamptz, interval)',
    p_volatility => 's');

rollback;
