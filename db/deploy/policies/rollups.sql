-- Deploy hypermind:policies/rollups to pg
-- requires: tables/rollups
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy rollups_of_the_readers_projects on hypermind.rollups
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy rollups_of_the_readers_projects on hypermind.rollups is
    'Whoever sees the project sees its rows.';

commit;
