-- Deploy hypermind:tables/projects to pg
-- requires: schemas/hypermind

begin;

set local role hypermind_owner;

create table hypermind.projects (
    project_id  uuid        not null,
    workspace   text        not null,
    name        text        not null,
    role        text        not null,
    created_at  timestamptz not null,
    created_by  text        not null,
    enforcement text        not null default 'known',
    constraint projects_pkey primary key (project_id),
    constraint projects_have_one_name_in_a_workspace unique (workspace, name),
    constraint projects_have_a_role_of_their_own unique (role),
    constraint projects_workspace_is_named check (length(workspace) between 1 and 100),
    constraint projects_name_is_named check (length(name) between 1 and 100),
    constraint projects_enforcement_is_known check (enforcement in ('known', 'strict'))
);

comment on table hypermind.projects is
    'Who may see and act in what: every run belongs to a project, every project names a database role, its members act in it.';
comment on column hypermind.projects.project_id is 'Identity of the project.';
comment on column hypermind.projects.workspace is 'The group of projects it belongs to: a team or a customer.';
comment on column hypermind.projects.name is 'Name, unique in the workspace.';
comment on column hypermind.projects.role is 'The database role whose members see and act in the project.';
comment on column hypermind.projects.created_at is 'When it was made.';
comment on column hypermind.projects.created_by is 'The role that made it.';
comment on column hypermind.projects.enforcement is
    'What it does with events whose type has no contract: known takes them, strict refuses them.';

alter table hypermind.projects enable row level security;
grant select on hypermind.projects to hypermind_reader;

commit;
