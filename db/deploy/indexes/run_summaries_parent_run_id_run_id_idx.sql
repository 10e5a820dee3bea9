-- Deploy hypermind:indexes/run_summaries_parent_run_id_run_id_idx to pg
-- requires: tables/run_summaries

begin;

set local role hypermind_owner;

-- list_runs() by parent, run_lineage(): the runs made from a run.
create index run_summaries_parent_run_id_run_id_idx
    on hypermind.run_summaries (parent_run_id, run_id desc) where parent_run_id is not null;

commit;
