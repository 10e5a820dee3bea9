-- Revert hypermind:functions/digest_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.digest_hash(bigint, bigint, bytea, bytea, text, timestamptz);

commit;
