-- Verify hypermind:functions/schema_version on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind.schema_version()',
    p_callers => '{hypermind_reader}', p_volatility => 'i');

rollback;
