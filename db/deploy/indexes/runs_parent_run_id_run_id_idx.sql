-- Deploy hypermind:indexes/runs_parent_run_id_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- The children of a run, in whatever period they are, newest first.
create index runs_parent_run_id_run_id_idx on hypermind.runs (parent_run_id, run_id desc) where parent_run_id is not null;

commit;
