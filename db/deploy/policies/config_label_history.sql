-- Deploy hypermind:policies/config_label_history to pg
-- requires: tables/config_label_history
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy config_label_history_of_the_readers_projects on hypermind.config_label_history
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy config_label_history_of_the_readers_projects on hypermind.config_label_history is
    'Whoever sees the project sees its rows.';

commit;
