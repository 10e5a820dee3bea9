-- Deploy hypermind:tables/holds to pg
-- requires: tables/config_versions

begin;

set local role hypermind_owner;

create table hypermind.holds (
    hold_id    uuid        not null,
    project_id uuid        not null,
    run_id     uuid,
    config_id  uuid,
    version    integer,
    label      text,
    reason     text        not null,
    placed_by  text        not null,
    placed_at  timestamptz not null,
    constraint holds_pkey primary key (hold_id),
    constraint holds_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint holds_name_a_config foreign key (config_id) references hypermind.config_entities,
    constraint holds_name_a_version foreign key (config_id, version) references hypermind.config_versions,
    constraint holds_are_on_one_thing check (
        num_nonnulls(run_id, config_id) <= 1 and num_nonnulls(version, label) = num_nonnulls(config_id)
    ),
    constraint holds_reason_is_given check (length(reason) between 1 and 2000)
);

comment on table hypermind.holds is
    'What may not be erased or retired, and why: a run, the runs that pinned a version or label of a config, or all of a project.';
comment on column hypermind.holds.hold_id is 'Identity of the hold; the idempotency key of place_hold().';
comment on column hypermind.holds.project_id is 'The project of what is held. With nothing more named: all runs of the project.';
comment on column hypermind.holds.run_id is 'The one run that is held. It may be archived: there is no foreign key.';
comment on column hypermind.holds.config_id is 'The prompt, tool, agent or evaluator whose runs are held.';
comment on column hypermind.holds.version is 'Held are the runs that pinned this version of it, by whatever name.';
comment on column hypermind.holds.label is 'Held are the runs that pinned it by this label, whatever version that was.';
comment on column hypermind.holds.reason is 'Why, in words.';
comment on column hypermind.holds.placed_by is 'The role that placed it.';
comment on column hypermind.holds.placed_at is 'When it was placed.';

alter table hypermind.holds enable row level security;
grant select on hypermind.holds to hypermind_reader;

commit;
