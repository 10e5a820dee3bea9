-- Verify hypermind:functions/finish_restore on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.finish_restore(uuid, uuid[])',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
