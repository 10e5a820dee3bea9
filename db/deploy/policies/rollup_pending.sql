-- Deploy hypermind:policies/rollup_pending to pg
-- requires: tables/rollup_pending
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy rollup_pending_of_the_readers_projects on hypermind.rollup_pending
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy rollup_pending_of_the_readers_projects on hypermind.rollup_pending is
    'Whoever sees the project sees its rows.';

commit;
