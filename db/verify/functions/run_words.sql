-- Verify hypermind:functions/run_words on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_words(uuid, text[], uuid[], integer[], text[])', p_volatility => 'i');

rollback;
