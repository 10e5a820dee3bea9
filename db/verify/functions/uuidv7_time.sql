-- Verify hypermind:functions/uuidv7_time on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.uuidv7_time(uuid)',
    p_callers => '{hypermind_reader}', p_volatility => 'i');

rollback;
