-- Deploy hypermind:tables/run_config_refs to pg
-- requires: tables/runs
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create table hypermind.run_config_refs (
    run_id         uuid    not null,
    slot           text    not null,
    project_id     uuid    not null,
    config_id      uuid    not null,
    kind           text    not null,
    name           text    not null,
    version        integer not null,
    label          text,
    content_sha256 bytea   not null,
    constraint run_config_refs_pkey primary key (run_id, slot),
    constraint run_config_refs_pin_a_version foreign key (config_id, version) references hypermind.config_versions,
    constraint run_config_refs_slot_is_named check (length(slot) between 1 and 100)
) partition by range (run_id);

comment on table hypermind.run_config_refs is 'Which exact version of which prompt, tool, agent and evaluator a run was made with.';
comment on column hypermind.run_config_refs.run_id is 'The run.';
comment on column hypermind.run_config_refs.slot is 'What the run uses it as, such as system_prompt; chosen by the application.';
comment on column hypermind.run_config_refs.project_id is 'The project of the run, as in runs.';
comment on column hypermind.run_config_refs.config_id is 'The prompt, tool, agent or evaluator.';
comment on column hypermind.run_config_refs.kind is 'Its kind, as in config_entities.';
comment on column hypermind.run_config_refs.name is 'Its name, as in config_entities.';
comment on column hypermind.run_config_refs.version is 'The pinned version.';
comment on column hypermind.run_config_refs.label is 'The label that was resolved to that version when the run was created; NULL if it was asked for by number.';
comment on column hypermind.run_config_refs.content_sha256 is 'The SHA-256 of the pinned content.';

alter table hypermind.run_config_refs enable row level security;
grant select on hypermind.run_config_refs to hypermind_reader;

commit;
