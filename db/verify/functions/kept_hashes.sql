-- Verify hypermind:functions/kept_hashes on pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_function('hypermind_private.kept_hashes(uuid, text, bigint)', p_volatility => 's');

rollback;
