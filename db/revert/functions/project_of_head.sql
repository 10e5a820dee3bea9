-- Revert hypermind:functions/project_of_head from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.project_of_head(uuid);

commit;
