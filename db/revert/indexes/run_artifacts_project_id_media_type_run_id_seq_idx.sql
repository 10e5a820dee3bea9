-- Revert hypermind:indexes/run_artifacts_project_id_media_type_run_id_seq_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_artifacts_project_id_media_type_run_id_seq_idx;

commit;
