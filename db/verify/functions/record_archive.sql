-- Verify hypermind:functions/record_archive on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.record_archive(uuid, date, text, text, uuid)',
    p_callers => '{hypermind_operator}', p_definer => true, p_volatility => 'v');

rollback;
