-- Deploy hypermind:indexes/digest_leaves_run_id_number_idx to pg
-- requires: tables/digest_leaves

begin;

set local role hypermind_owner;

-- issue_digest(): where a run stood in the latest digest that has it.
create index digest_leaves_run_id_number_idx
    on hypermind.digest_leaves (run_id, number);

commit;
