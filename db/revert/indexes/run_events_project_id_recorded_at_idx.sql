-- Revert hypermind:indexes/run_events_project_id_recorded_at_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_events_project_id_recorded_at_idx;

commit;
