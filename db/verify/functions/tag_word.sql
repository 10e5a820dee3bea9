-- Verify hypermind:functions/tag_word on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.tag_word(uuid, text)', p_volatility => 'i');

rollback;
