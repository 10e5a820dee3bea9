-- Deploy hypermind:policies/run_heads to pg
-- requires: tables/run_heads
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy run_heads_of_the_readers_projects on hypermind.run_heads
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy run_heads_of_the_readers_projects on hypermind.run_heads is
    'Whoever sees the project sees its rows.';

commit;
