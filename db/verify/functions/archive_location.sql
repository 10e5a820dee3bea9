-- Verify hypermind:functions/archive_location on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.archive_location(uuid)',
    p_callers => '{hypermind_reader}', p_definer => true, p_volatility => 's');

rollback;
