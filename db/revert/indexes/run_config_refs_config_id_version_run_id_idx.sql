-- Revert hypermind:indexes/run_config_refs_config_id_version_run_id_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_config_refs_config_id_version_run_id_idx;

commit;
