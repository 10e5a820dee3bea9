-- Verify hypermind:functions/label_word on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.label_word(uuid, text)', p_volatility => 'i');

rollback;
