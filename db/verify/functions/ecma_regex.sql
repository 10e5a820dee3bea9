-- Verify hypermind:functions/ecma_regex on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.ecma_regex(text)', p_volatility => 'i');

rollback;
