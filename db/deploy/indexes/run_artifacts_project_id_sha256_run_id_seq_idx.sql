-- Deploy hypermind:indexes/run_artifacts_project_id_sha256_run_id_seq_idx to pg
-- requires: tables/run_artifacts

begin;

set local role hypermind_owner;

-- find_artifacts() by SHA-256, newest first.
create index run_artifacts_project_id_sha256_run_id_seq_idx on hypermind.run_artifacts
    (project_id, sha256, run_id desc, seq desc);

commit;
