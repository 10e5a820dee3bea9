-- Verify hypermind:functions/json_text_bounded on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_text_bounded(jsonb)', p_volatility => 'i');

rollback;
