-- Deploy hypermind:triggers/maintenance_steps_kept to pg
-- requires: tables/maintenance_steps
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

-- A step's row is written over; when it last ran is never forgotten.
create trigger maintenance_steps_kept
    before delete on hypermind.maintenance_steps
    for each row execute function hypermind_private.forbid_mutation();

create trigger maintenance_steps_no_truncate
    before truncate on hypermind.maintenance_steps
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.maintenance_steps enable always trigger maintenance_steps_kept;
alter table hypermind.maintenance_steps enable always trigger maintenance_steps_no_truncate;

commit;
