-- Deploy hypermind:tables/config_entities to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.config_entities (
    config_id  uuid        not null,
    project_id uuid        not null,
    kind       text        not null,
    name       text        not null,
    created_at timestamptz not null,
    constraint config_entities_pkey primary key (config_id),
    constraint config_entities_have_one_name_a_kind unique (project_id, kind, name),
    constraint config_entities_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint config_entities_kind_is_known check (kind in ('prompt', 'tool', 'agent', 'evaluator')),
    constraint config_entities_name_is_named check (length(name) between 1 and 200)
);

comment on table hypermind.config_entities is 'Prompts, tools, agents and evaluators of a project; their contents are in config_versions.';
comment on column hypermind.config_entities.config_id is 'Identity of the prompt, tool, agent or evaluator.';
comment on column hypermind.config_entities.project_id is 'The project it belongs to.';
comment on column hypermind.config_entities.kind is 'prompt, tool, agent or evaluator.';
comment on column hypermind.config_entities.name is 'Name, unique for the kind in the project.';
comment on column hypermind.config_entities.created_at is 'When its first version was registered.';

alter table hypermind.config_entities enable row level security;
grant select on hypermind.config_entities to hypermind_reader;

commit;
