-- Verify hypermind:functions/list_holds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.list_holds(uuid, uuid, boolean)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
