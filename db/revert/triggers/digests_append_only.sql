-- Revert hypermind:triggers/digests_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger digests_no_truncate on hypermind.digests;
drop trigger digests_append_only on hypermind.digests;

commit;
