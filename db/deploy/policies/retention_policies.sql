-- Deploy hypermind:policies/retention_policies to pg
-- requires: tables/retention_policies
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy retention_policies_of_the_ledger_and_the_readers_projects on hypermind.retention_policies
    for select
    using (project_id is null or project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy retention_policies_of_the_ledger_and_the_readers_projects on hypermind.retention_policies is
    'What holds in the whole ledger is seen by every reader, what holds in a project by whoever sees the project.';

commit;
