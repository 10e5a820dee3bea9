-- Deploy hypermind:policies/config_labels to pg
-- requires: tables/config_labels
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy config_labels_of_the_readers_projects on hypermind.config_labels
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy config_labels_of_the_readers_projects on hypermind.config_labels is
    'Whoever sees the project sees its rows.';

commit;
