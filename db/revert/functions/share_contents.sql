-- Revert hypermind:functions/share_contents from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.share_contents(uuid);

commit;
