-- Revert hypermind:functions/kept_hashes from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.kept_hashes(uuid, text, bigint);

commit;
