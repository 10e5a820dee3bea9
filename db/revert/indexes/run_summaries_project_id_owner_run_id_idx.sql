-- Revert hypermind:indexes/run_summaries_project_id_owner_run_id_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_summaries_project_id_owner_run_id_idx;

commit;
