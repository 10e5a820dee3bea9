-- Deploy hypermind:policies/run_tools to pg
-- requires: tables/run_tools
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy run_tools_of_the_readers_projects on hypermind.run_tools
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy run_tools_of_the_readers_projects on hypermind.run_tools is
    'Whoever sees the project sees its rows.';

commit;
