-- Verify hypermind:functions/config_ids on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.config_ids(uuid[], text, text, integer)', p_volatility => 's');

rollback;
