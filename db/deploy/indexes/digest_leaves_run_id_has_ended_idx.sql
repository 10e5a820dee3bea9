-- Deploy hypermind:indexes/digest_leaves_run_id_has_ended_idx to pg
-- requires: tables/digest_leaves

begin;

set local role hypermind_owner;

-- issue_digest(): the runs that had ended, of which there is no more to say. Each is in one digest only.
create unique index digest_leaves_run_id_has_ended_idx
    on hypermind.digest_leaves (run_id) where has_ended;

commit;
