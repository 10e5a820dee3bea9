-- Revert hypermind:indexes/digest_leaves_run_id_has_ended_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.digest_leaves_run_id_has_ended_idx;

commit;
