-- Verify hypermind:functions/duration_bucket on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.duration_bucket(timestamptz, timestamptz)', p_volatility => 'i');

rollback;
