-- Deploy hypermind:policies/config_versions to pg
-- requires: tables/config_versions
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy config_versions_of_the_readers_projects on hypermind.config_versions
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy config_versions_of_the_readers_projects on hypermind.config_versions is
    'Whoever sees the project sees its rows.';

commit;
