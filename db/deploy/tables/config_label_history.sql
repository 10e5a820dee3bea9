-- Deploy hypermind:tables/config_label_history to pg
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create table hypermind.config_label_history (
    config_id  uuid        not null,
    label      text        not null,
    move       integer     not null,
    project_id uuid        not null,
    version    integer     not null,
    moved_by   text        not null,
    moved_at   timestamptz not null,
    constraint config_label_history_pkey primary key (config_id, label, move),
    constraint config_label_history_names_a_version foreign key (config_id, version) references hypermind.config_versions
);

comment on table hypermind.config_label_history is 'Every move of every label: which version it named, from when, and who moved it.';
comment on column hypermind.config_label_history.config_id is 'Which prompt, tool, agent or evaluator.';
comment on column hypermind.config_label_history.label is 'The label.';
comment on column hypermind.config_label_history.move is '1 when the label was first set, 2, 3 ... without gaps.';
comment on column hypermind.config_label_history.project_id is 'The project it belongs to, as in config_entities.';
comment on column hypermind.config_label_history.version is 'The version that the label named from then on.';
comment on column hypermind.config_label_history.moved_by is 'The role that moved it.';
comment on column hypermind.config_label_history.moved_at is 'When it was moved.';

alter table hypermind.config_label_history enable row level security;
grant select on hypermind.config_label_history to hypermind_reader;

commit;
