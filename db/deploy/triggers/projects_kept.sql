-- Deploy hypermind:triggers/projects_kept to pg
-- requires: tables/projects
-- requires: functions/forbid_mutation

begin;

set local role hypermind_owner;

create trigger projects_kept
    before delete on hypermind.projects
    for each row execute function hypermind_private.forbid_mutation();

create trigger projects_no_truncate
    before truncate on hypermind.projects
    for each statement execute function hypermind_private.forbid_mutation();

alter table hypermind.projects enable always trigger projects_kept;
alter table hypermind.projects enable always trigger projects_no_truncate;

commit;
