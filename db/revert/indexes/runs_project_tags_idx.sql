-- Revert hypermind:indexes/runs_project_tags_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.runs_project_tags_idx;

commit;
