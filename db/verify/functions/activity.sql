-- Verify hypermind:functions/activity on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.activity(uuid, text, timestamptz, timestamptz, text[], integer, text)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
