-- Verify hypermind:functions/uuid_of on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.uuid_of(text)', p_volatility => 'i');

rollback;
