-- Deploy hypermind:policies/erased_hashes to pg
-- requires: tables/erased_hashes
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy erased_hashes_of_the_readers_projects on hypermind.erased_hashes
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy erased_hashes_of_the_readers_projects on hypermind.erased_hashes is
    'Whoever sees the project sees its rows.';

commit;
