-- Revert hypermind:functions/has_content from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.has_content(uuid);

commit;
