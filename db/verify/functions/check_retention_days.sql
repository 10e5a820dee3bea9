-- Verify hypermind:functions/check_retention_days on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.check_retention_days(text, integer, integer)',
    p_volatility => 'v');

rollback;
