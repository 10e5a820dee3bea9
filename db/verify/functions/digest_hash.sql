-- Verify hypermind:functions/digest_hash on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function(
    'hypermind_private.digest_hash(bigint, bigint, bytea, bytea, text, timestamptz)', p_volatility => 's');

rollback;
