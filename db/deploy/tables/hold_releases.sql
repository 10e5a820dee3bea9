-- Deploy hypermind:tables/hold_releases to pg
-- requires: tables/holds

begin;

set local role hypermind_owner;

create table hypermind.hold_releases (
    hold_id     uuid        not null,
    project_id  uuid        not null,
    reason      text        not null,
    released_by text        not null,
    released_at timestamptz not null,
    constraint hold_releases_pkey primary key (hold_id),
    constraint hold_releases_end_a_hold foreign key (hold_id) references hypermind.holds,
    constraint hold_releases_reason_is_given check (length(reason) between 1 and 2000)
);

comment on table hypermind.hold_releases is 'Holds that are over: a hold is in force until it has a row here.';
comment on column hypermind.hold_releases.hold_id is 'The hold.';
comment on column hypermind.hold_releases.project_id is 'The project it belongs to, as in holds.';
comment on column hypermind.hold_releases.reason is 'Why it is over, in words.';
comment on column hypermind.hold_releases.released_by is 'The role that released it.';
comment on column hypermind.hold_releases.released_at is 'When it was released.';

alter table hypermind.hold_releases enable row level security;
grant select on hypermind.hold_releases to hypermind_reader;

commit;
