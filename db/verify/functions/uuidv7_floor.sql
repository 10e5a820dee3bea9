-- Verify hypermind:functions/uuidv7_floor on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.uuidv7_floor(timestamp with time zone)',
    p_callers => '{hypermind_reader}', p_volatility => 'i');

rollback;
