-- Deploy hypermind:tables/retention_policies to pg
-- requires: tables/projects

begin;

set local role hypermind_owner;

create table hypermind.retention_policies (
    scope         uuid        not null generated always as (coalesce(project_id, '00000000-0000-0000-0000-000000000000')) stored,
    version       integer     not null,
    keep_at_least integer     not null,
    keep_at_most  integer,
    archive_after integer,
    project_id    uuid,
    reason        text        not null,
    set_by        text        not null,
    set_at        timestamptz not null,
    constraint retention_policies_pkey primary key (scope, version),
    constraint retention_policies_belong_to_a_project foreign key (project_id) references hypermind.projects,
    constraint retention_policies_count_from_one check (version >= 1),
    constraint retention_policies_keep_for_days check (keep_at_least >= 0 and keep_at_most >= 1 and archive_after >= 0),
    constraint retention_policies_keep_at_most_as_long_as_at_least check (keep_at_most >= keep_at_least),
    constraint retention_policies_archive_what_is_kept check (archive_after <= keep_at_most)
);

comment on table hypermind.retention_policies is
    'How long the runs of a project are kept, counted from their end, in days of 24 hours: a month may mean 28 days or 31. '
    'Numbered, immutable versions: the latest of the project is in force, else the latest of the ledger, else all is kept.';
comment on column hypermind.retention_policies.scope is
    'project_id, or zeros for the whole ledger, so that it can be part of the key.';
comment on column hypermind.retention_policies.version is '1, 2, 3 ... without gaps.';
comment on column hypermind.retention_policies.keep_at_least is 'For so many days a run may not be deleted.';
comment on column hypermind.retention_policies.keep_at_most is 'After so many days a run is to be deleted; NULL: never.';
comment on column hypermind.retention_policies.archive_after is
    'After so many days a run is to be archived; NULL: never by itself.';
comment on column hypermind.retention_policies.project_id is 'The project it holds in; NULL: all that have none of their own.';
comment on column hypermind.retention_policies.reason is 'Why, in the words of whoever set it: the law, the contract.';
comment on column hypermind.retention_policies.set_by is 'The role that set it.';
comment on column hypermind.retention_policies.set_at is 'When it was set.';

alter table hypermind.retention_policies enable row level security;
grant select on hypermind.retention_policies to hypermind_reader;

commit;
