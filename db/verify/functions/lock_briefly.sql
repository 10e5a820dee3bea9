-- Verify hypermind:functions/lock_briefly on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.lock_briefly(regclass[], text, timestamp with time zone)', p_volatility => 'v');

rollback;
