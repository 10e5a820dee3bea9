-- Deploy hypermind:policies/config_entities to pg
-- requires: tables/config_entities
-- requires: policies/projects

begin;

set local role hypermind_owner;

-- The projects that the reader sees are found once, not row by row.
create policy config_entities_of_the_readers_projects on hypermind.config_entities
    for select
    using (project_id = any (array(select p.project_id from hypermind.projects as p)));

comment on policy config_entities_of_the_readers_projects on hypermind.config_entities is
    'Whoever sees the project sees its rows.';

commit;
