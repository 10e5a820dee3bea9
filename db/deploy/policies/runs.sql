-- Deploy hypermind:policies/runs to pg
-- requires: tables/runs
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy runs_of_the_readers_projects on hypermind.runs
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy runs_of_the_readers_projects on hypermind.runs is
    'Whoever sees the project sees its rows.';

commit;
