-- Revert hypermind:functions/project_tags from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop function hypermind_private.project_tags(uuid, text[]);

commit;
