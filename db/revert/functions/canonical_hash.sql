-- Revert hypermind:functions/canonical_hash from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.canonical_hash(jsonb);

commit;
