-- Deploy hypermind:policies/archive_runs to pg
-- requires: tables/archive_runs
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy archive_runs_of_the_readers_projects on hypermind.archive_runs
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy archive_runs_of_the_readers_projects on hypermind.archive_runs is
    'Whoever sees the project sees its rows.';

commit;
