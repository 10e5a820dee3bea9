-- Verify hypermind:functions/violation on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.violation(text, text, text, text)', p_volatility => 'i');

rollback;
