-- Deploy hypermind:triggers/run_heads_are_legal to pg
-- requires: tables/run_heads
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- What two CHECK constraints would say. Those are read and set up by every UPDATE, which is every append; this one by those that
-- name the columns (docs/decisions/0010-append.md).
create trigger run_heads_are_legal
    after insert or update of status, claimed_by, claim_expires_at on hypermind.run_heads
    for each row
    when (new.status not in ('queued', 'running', 'paused') or (new.claimed_by is null) <> (new.claim_expires_at is null))
    execute function hypermind_private.forbid_mutation();

alter table hypermind.run_heads enable always trigger run_heads_are_legal;

commit;
