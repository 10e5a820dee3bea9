-- Revert hypermind:indexes/run_events_run_id_parent_seq_seq_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.run_events_run_id_parent_seq_seq_idx;

commit;
