-- Verify hypermind:functions/check_run_filters on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.check_run_filters(text, text, text[])', p_volatility => 's');

rollback;
