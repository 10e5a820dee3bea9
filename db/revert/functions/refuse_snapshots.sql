-- Revert hypermind:functions/refuse_snapshots from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_snapshots();

commit;
