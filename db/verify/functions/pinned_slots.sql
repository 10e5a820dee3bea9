-- Verify hypermind:functions/pinned_slots on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.pinned_slots(uuid[], uuid[], integer)',
    p_volatility => 's');

rollback;
