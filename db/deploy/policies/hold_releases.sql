-- Deploy hypermind:policies/hold_releases to pg
-- requires: tables/hold_releases
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy hold_releases_of_the_readers_projects on hypermind.hold_releases
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy hold_releases_of_the_readers_projects on hypermind.hold_releases is
    'Whoever sees the project sees its rows.';

commit;
