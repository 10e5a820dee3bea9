-- Verify hypermind:functions/place_hold on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.place_hold(uuid, text, uuid, text, text, integer, text, uuid)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
