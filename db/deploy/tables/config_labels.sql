-- Deploy hypermind:tables/config_labels to pg
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create table hypermind.config_labels (
    config_id  uuid    not null,
    label      text    not null,
    project_id uuid    not null,
    version    integer not null,
    moves      integer not null,
    constraint config_labels_pkey primary key (config_id, label),
    constraint config_labels_name_a_version foreign key (config_id, version) references hypermind.config_versions,
    constraint config_labels_label_is_named check (length(label) between 1 and 100)
);

comment on table hypermind.config_labels is
    'Movable names, such as production, for versions. Only create_run() and fork_run() read them, and pin the version found.';
comment on column hypermind.config_labels.config_id is 'Which prompt, tool, agent or evaluator.';
comment on column hypermind.config_labels.label is 'The label.';
comment on column hypermind.config_labels.project_id is 'The project it belongs to, as in config_entities.';
comment on column hypermind.config_labels.version is 'The version that the label names now.';
comment on column hypermind.config_labels.moves is 'How often the label was set; the number of its last row in config_label_history.';

alter table hypermind.config_labels enable row level security;
grant select on hypermind.config_labels to hypermind_reader;

commit;
