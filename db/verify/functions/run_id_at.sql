-- Verify hypermind:functions/run_id_at on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.run_id_at(timestamp with time zone)', p_volatility => 'v');

rollback;
