-- Verify hypermind:functions/refuse_foreign_rows on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.refuse_foreign_rows(hypermind.archives, text, jsonb)', p_volatility => 'v');

rollback;
