-- Verify hypermind:functions/request_cancel on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.request_cancel(uuid, text)',
    p_callers => '{hypermind_writer}', p_definer => true, p_volatility => 'v');

rollback;
