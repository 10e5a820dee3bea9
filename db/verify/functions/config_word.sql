-- Verify hypermind:functions/config_word on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.config_word(uuid, integer)', p_volatility => 'i');

rollback;
