-- Deploy hypermind:policies/holds to pg
-- requires: tables/holds
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy holds_of_the_readers_projects on hypermind.holds
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy holds_of_the_readers_projects on hypermind.holds is
    'Whoever sees the project sees its rows.';

commit;
