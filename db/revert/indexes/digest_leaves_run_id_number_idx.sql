-- Revert hypermind:indexes/digest_leaves_run_id_number_idx from pg

begin;

set local role hypermind_owner;

select hypermind_private.assert_revertible();

drop index hypermind.digest_leaves_run_id_number_idx;

commit;
