-- Verify hypermind:functions/words_apart on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.words_apart(text)', p_volatility => 'i');

rollback;
