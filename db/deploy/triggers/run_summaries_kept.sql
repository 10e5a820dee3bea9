-- Deploy hypermind:triggers/run_summaries_kept to pg
-- requires: tables/run_summaries
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Runs go on and end; they never go away.
create trigger run_summaries_kept
    before delete on hypermind.run_summaries
    for each row execute function hypermind_private.forbid_mutation();

create trigger run_summaries_no_truncate
    before truncate on hypermind.run_summaries
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.run_summaries enable always trigger run_summaries_kept;
alter table hypermind.run_summaries enable always trigger run_summaries_no_truncate;

commit;
