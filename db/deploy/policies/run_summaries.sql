-- Deploy hypermind:policies/run_summaries to pg
-- requires: tables/run_summaries
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy run_summaries_of_the_readers_projects on hypermind.run_summaries
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy run_summaries_of_the_readers_projects on hypermind.run_summaries is
    'Whoever sees the project sees its rows.';

commit;
