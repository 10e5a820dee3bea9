-- Verify hypermind:functions/text_config on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.text_config()', p_volatility => 'i');

rollback;
