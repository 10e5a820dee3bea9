-- Deploy hypermind:policies/erasures to pg
-- requires: tables/erasures
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy erasures_of_the_readers_projects on hypermind.erasures
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy erasures_of_the_readers_projects on hypermind.erasures is
    'Whoever sees the project sees its rows.';

commit;
