-- Verify hypermind:functions/record_move on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.record_move(date, text, uuid, bigint)', p_volatility => 'v');

rollback;
