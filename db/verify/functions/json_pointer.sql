-- Verify hypermind:functions/json_pointer on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.json_pointer(text)', p_volatility => 'i');

rollback;
