-- Verify hypermind:functions/insert_rows on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.insert_rows(text, jsonb)', p_volatility => 'v');

rollback;
