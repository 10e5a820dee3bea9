-- Verify hypermind:functions/insert_only_tables on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.insert_only_tables()',
    p_volatility => 'i');

rollback;
