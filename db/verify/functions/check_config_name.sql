-- Verify hypermind:functions/check_config_name on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_config_name(text, text)', p_volatility => 'v');

rollback;
