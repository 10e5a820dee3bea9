-- Verify hypermind:functions/refuse_retired on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.refuse_retired(date, text, text)', p_volatility => 'v');

rollback;
