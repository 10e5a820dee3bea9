-- Verify hypermind:functions/release_hold on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.release_hold(uuid, text)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
