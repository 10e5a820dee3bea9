-- Deploy hypermind:triggers/rollups_kept to pg
-- requires: tables/rollups
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- Figures grow; they never go away, not even with their runs.
create trigger rollups_kept
    before delete on hypermind.rollups
    for each row execute function hypermind_private.forbid_mutation();

create trigger rollups_no_truncate
    before truncate on hypermind.rollups
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.rollups enable always trigger rollups_kept;
alter table hypermind.rollups enable always trigger rollups_no_truncate;

commit;
