-- Verify hypermind:functions/config_version on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.config_version(uuid, text, text, integer, text)',
    p_volatility => 's');

rollback;
