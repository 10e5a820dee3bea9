-- Verify hypermind:functions/bucket_seconds on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.bucket_seconds(smallint)', p_volatility => 'i');

rollback;
