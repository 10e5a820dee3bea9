-- Deploy hypermind:indexes/runs_parent_run_id_idx to pg
-- requires: tables/runs

begin;

set local role hypermind_owner;

-- The children of a run, in whatever period they are.
create index runs_parent_run_id_idx on hypermind.runs (parent_run_id) where parent_run_id is not null;

commit;
