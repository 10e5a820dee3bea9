-- Revert hypermind:functions/refuse_unproved from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.refuse_unproved(hypermind.archives, uuid);

commit;
