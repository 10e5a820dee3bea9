-- Revert hypermind:triggers/rollups_kept from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop trigger rollups_no_truncate on hypermind.rollups;
drop trigger rollups_kept on hypermind.rollups;

commit;
