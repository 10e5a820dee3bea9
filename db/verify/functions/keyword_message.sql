-- Verify hypermind:functions/keyword_message on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.keyword_message(text, jsonb, jsonb, text)', p_volatility => 'i');

rollback;
