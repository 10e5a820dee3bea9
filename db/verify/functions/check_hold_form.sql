-- Verify hypermind:functions/check_hold_form on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_hold_form(uuid, text, text, integer, text)', p_volatility => 'v');

rollback;
