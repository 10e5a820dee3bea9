-- Revert hypermind:triggers/archives_append_only from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger archives_no_truncate on hypermind.archives;
drop trigger archives_append_only on hypermind.archives;

commit;
